"""A signature that never came, as the evaluator noted: a state of its own, beside signed and refused."""

from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.drop_constraint("report_step_state", "report_step", type_="check")
    op.create_check_constraint(
        "report_step_state",
        "report_step",
        "state IN ('planned', 'open', 'done', 'signed', 'refused', 'unsigned', 'filed', 'lapsed', 'withdrawn')",
    )
