"""What the words of a master are called on screens: source strings for the catalogues."""

from app.exercises.rules.master import FieldType, LimitKind, Validity
from app.kernel.errors import N_

FIELD_TYPES: dict[FieldType, str] = {
    FieldType.DECIMAL: N_("Decimal number"),
    FieldType.INTEGER: N_("Whole number"),
    FieldType.CHOICE: N_("Choice"),
    FieldType.TEXT: N_("Text"),
    FieldType.DATETIME: N_("Date and time"),
    FieldType.CHECKBOX: N_("Tick box"),
    FieldType.CALCULATED: N_("Calculated"),
    FieldType.EQUIPMENT: N_("Equipment: code and serial number"),
    FieldType.LOT: N_("Lot number"),
}

LIMIT_KINDS: dict[LimitKind, str] = {
    LimitKind.ACTION: N_("Action limit"),
    LimitKind.SPECIFICATION: N_("Specification"),
}

VALIDITIES: dict[tuple[FieldType, Validity], str] = {
    (FieldType.EQUIPMENT, Validity.REQUIRED): N_("Calibration due date required and not passed"),
    (FieldType.EQUIPMENT, Validity.OPTIONAL): N_("Calibration due date, if there is one, not passed"),
    (FieldType.LOT, Validity.REQUIRED): N_("Expiry date required and not passed"),
    (FieldType.LOT, Validity.OPTIONAL): N_("Expiry date, if there is one, not passed"),
}
