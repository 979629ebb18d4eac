"""One file a topic of the command line. A command parses, calls the public function of a service, and says what came of it."""
