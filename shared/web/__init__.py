"""The web shell: everything the four services' pages and APIs share. It knows no service and holds no rule of an evaluation."""
