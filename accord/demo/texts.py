"""What people of the demo district write: invented, plain, and tagged to the criteria it is about."""

from collections.abc import Mapping

SEEN: Mapping[str, tuple[str, ...]] = {
    "C1": (
        "The aim of the lesson stands on the board in the students' own words; three can say it when asked.",
        "Students compare a finished essay with the one from September and name what is stronger.",
        "“What would make this answer complete?” – she waits until four hands are up.",
    ),
    "C2": (
        "Partners explain the step to each other before anyone writes it down.",
        "He stops after eleven minutes, asks for thumbs, and changes the next example.",
        "Questions move from what happened to why; twelve students speak in ten minutes.",
    ),
    "C3": (
        "Two versions of the text lie ready; students choose, and she moves one student up.",
        "A table of four works with counters while the others go on with the number line.",
        "He kneels beside Table 3 and rereads the instruction with them, quietly.",
    ),
    "C4": (
        "The diagram of the water cycle is drawn step by step, each arrow with its reason.",
        "Vocabulary of the unit is used in the answers, not only on the wall.",
        "The example is worked twice, once with a mistake for the class to find.",
    ),
    "C5": (
        "Moving to groups takes forty seconds; nobody is reminded.",
        "A wrong answer is met with “tell us how you got there”, and the class listens.",
        "Students greet the visitor, then go on working.",
    ),
    "C6": (
        "The exit slips of yesterday decide today's three groups.",
        "She shows the class its own results, without names, and asks what to practise.",
        "A check of five questions at the start; two of them come back at the end.",
    ),
    "C7": (
        "A note in two languages goes home with the reading log.",
        "He mentions the call with a family about the science night.",
    ),
    "C8": (
        "The lesson follows the plan that the grade team wrote together on Tuesday.",
        "She tries the questioning card that her colleague brought to the team.",
    ),
    "SG3.1": ("Goal sheet of the reading group: seven of nine met the step due this month.",),
    "SG3.2": ("Fluency chart of the group: up four lines since the autumn check.",),
    "SG6.1": ("Class goal on fractions stands in the plan with its two checks.",),
    "SG6.2": ("Second check of the class: nineteen of twenty-four reach the aim.",),
    "SG8.1": ("Minutes of the team: shared writing task scored together, twice.",),
}
"""Component -> lines of an observer's script."""

STRENGTHS = (
    "Your questions made students explain their thinking to one another, and you waited long enough for them to do it.",
    "The room runs on habits that students own. That gave you time to sit with the group that needed you.",
    "You used yesterday's results to shape today's groups, and told the class why. They took it as help, not as sorting.",
    "The worked example with a planted mistake had everyone looking. It showed you at once who follows the method.",
)
NEXT_STEPS = (
    "Plan two questions that every student answers in writing, so that you see the ones who don't raise a hand.",
    "Try closing with a one-minute slip on the aim of the lesson, and bring the slips to our conference.",
    "Let the groups report to each other before they report to you.",
    "Write the harder version of the task next to the first one, so that those who finish early know what comes next.",
)
BEFORE = (
    "We talked about the aim of the lesson, the group of four, and what to look for in the talk of partners.",
    "Wants eyes on the transitions and on who speaks. Plan of the unit looked at together.",
)
AFTER = (
    "Looked at the script together. Agreed to try written answers before talk, and to look again in spring.",
    "We read three exit slips together and chose one next step.",
)
MID_YEAR = (
    "Goals are under way; the first check of the class goal is done. One more visit is planned.",
    "Progress on both growth goals was shown with student work. The team goal needs a date for its second task.",
)
JUDGMENT = (
    "A steady year. The evidence shows clear aims, calm routines and questions that make students think. "
    "The growth goals were followed through with two checks each.",
    "Strong planning and good use of results. The step for next year is to hear from every student in every lesson.",
    "Practice has grown since autumn, above all in how the class talks. Keep the written answers.",
)
CONTEXT = (
    "The fire drill took eight minutes of the period; the closing slips were done the next morning and are attached to the plan.",
    "Two students had joined the class that week. Their reading levels came only afterwards.",
    "This was the second lesson of the unit; the group work of the first one is in the shared folder.",
)
RESPONSES = (
    "Thank you for the detailed notes. I would like it recorded that the class had two long-term substitutes before I took over.",
    "I agree with the next step and will bring the written answers to the first conference in autumn.",
    "I see the rating for criterion 6 differently: the second check was given on paper and was not asked for.",
)
REFUSAL = "I have not been shown the evidence for criterion 7 and will not sign before we have talked about it."
RETURNED = "Please name how you will measure the class goal, and when the second check is."
ENDED_EARLY = "On leave for the rest of the school year, agreed with the association. Begins anew in autumn."
ANSWERS = (
    "More students explain their reasoning in complete sentences by spring; checked twice with the same task.",
    "The group of six reads at the level of its grade by May; checked each month with the fluency chart.",
    "Nineteen of twenty-four students reach the aim in fractions; first check in December, second in April.",
    "Our team scores one shared writing task in each half of the year and compares what we see.",
    "One release day to visit a colleague, and the set of counters for the small group.",
)
PLACES = ("Room 4", "Room 12", "Room 21", "Library", "Science room", "Gym")
