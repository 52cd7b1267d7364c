"""What is typed into the records of the demonstration: a clean run of each exercise, and a way to vary it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from app.installation.demonstration.bench import Script

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)

NINE_MASSES = ("996.84", "997.12", "996.35", "997.48", "996.91", "996.20", "997.05", "996.66", "997.31")

PIPETTE = Script(
    values={
        "water_placed_at": -3 * HOUR,
        "balance_readability": "0.01",
        "check_weight": "0.99998",
        "temperature_before": "21.6",
        "pressure_before": "1008",
        "humidity_before": "54",
        "masses_1000": (*NINE_MASSES, "996.78"),
        "masses_500": (
            *("498.32", "498.71", "498.05", "498.56", "498.90"),
            *("498.21", "498.47", "498.63", "498.12", "498.39"),
        ),
        "masses_100": (
            *("99.58", "99.81", "99.66", "99.94", "99.43"),
            *("99.72", "99.87", "99.61", "99.76", "99.69"),
        ),
        "temperature_after": "21.8",
        "pressure_after": "1007",
        "humidity_after": "53",
    },
    waits={"temperature_after": 4 * MINUTE},
)

BUFFER = Script(
    values={
        "electrode_slope": "98.6",
        "check_buffer_reading": "7.01",
        "bubble_point_certificate": "3.4",
        "room_temperature": "21.3",
        "room_humidity": "44",
        "differential_pressure": "15",
        "tris_mass": "6.058",
        "balance_printout": "BAL-2-0417",
        "water_added": "900",
        "ph_before": "10.42",
        "temperature_at_ph_before": "24.6",
        "acid_volume": "6.9",
        "temperature_at_ph": "24.8",
        "ph_adjusted": "7.41",
        "final_volume": "1000.0",
        "final_temperature": "25.1",
        "final_ph": "7.40",
        "conductivity": "4.1",
        "filtration_pressure": "1.2",
        "volume_filtered": "985",
        "bubble_point": "3.6",
        "integrity_report": "INT-0923",
        "product_lot": "TRIS-0412",
        "expires_at": timedelta(days=28),
        "label_text": "Tris-HCl 50 mM pH 7,4 filtré 0,22 µm, lot TRIS-0412, 2–8 °C",
        "labels_printed": "3",
        "labels_attached": "2",
        "labels_destroyed": "1",
        "storage_place": "Réfrigérateur F-04, étagère 2",
    },
    waits={"ph_before": 12 * MINUTE, "ph_adjusted": 9 * MINUTE, "filtration_ended_at": 18 * MINUTE},
)

CELLS = Script(
    values={
        "cell_line": "CHO-K1, passage 14",
        "room_temperature": "21.8",
        "sample_volume": "100",
        "stain_volume": "100",
        "live_cells": ("62", "58", "71", "65"),
        "dead_cells": ("3", "4", "2", "3"),
        "result_file": "CHO_0412.vcb",
        "cell_type_setting": "CHO",
        "instrument_density": "1.34",
        "instrument_viability": "95.1",
        "instrument_diameter": "16.2",
        "comparison_comment": "Différence de 4 % : remplissage de la chambre et taille de l'échantillon.",
    },
)

GOWNING = Script(
    values={
        "attempt_in_row": "1",
        "plates_prepared": "8",
        "differential_pressure": "14",
        "room_temperature": "20.6",
        "sites_sampled": "6",
        "incubator_temperature_start": "32.4",
        "incubator_minimum": "32.0",
        "incubator_maximum": "33.1",
        "glove_left": "0",
        "glove_right": "1",
        "forearm_left": "0",
        "forearm_right": "2",
        "chest": "1",
        "hood": "0",
        "negative_control": "0",
        "plates_destroyed": "8",
    },
    waits={"sampled_at": 36 * MINUTE, "incubation_ended_at": 77 * HOUR},
)

MEDIA_FILL = Script(
    values={
        "disinfected_at": -1 * HOUR,
        "operator_names": "K. El Amrani (remplissage), M. Lejeune (assistance)",
        "people_present": "2",
        "medium_certificate": "TSB-CF-2231",
        "differential_pressure": "16",
        "room_temperature": "20.4",
        "room_humidity": "46",
        "particles_05": "1240",
        "particles_5": "0",
        "fill_volumes": ("5.02", "4.98", "5.01"),
        **{f"intervention_{number}_by": "K. El Amrani" for number in range(1, 6)},
        "intervention_1_removed": "2",
        "intervention_2_removed": "1",
        "intervention_3_removed": "3",
        "intervention_4_removed": "1",
        "pause_minutes": "15",
        "units_filled": "320",
        "rejected_volume": "1",
        "rejected_closure": "2",
        "rejected_glass": "0",
        "reject_reasons": "Deux bouchons de travers, un volume bas après l'intervention 2.",
        "units_sampled": "12",
        "units_incubated": "298",
        "settle_plate_a": "0",
        "settle_plate_b": "1",
        "glove_print_left": "0",
        "glove_print_right": "0",
        "low_minimum": "21.4",
        "low_maximum": "23.6",
        "turbid_at_day_7": "0",
    },
    waits={"filling_ended_at": 70 * MINUTE, "low_ended_at": timedelta(days=7, hours=2)},
)


def varied(script: Script, *, values: Mapping[str, Any] | None = None, **more: Any) -> Script:
    """Return a script in which something is done differently; `more` are the other parts of a script."""
    return replace(script, values={**script.values, **(values or {})}, **more)
