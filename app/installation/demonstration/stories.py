"""The stories of the demonstration: one record each, in a state that somebody who tries Cahier may want to see."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from app.competencies.rules.awarding import Verdict
from app.installation.demonstration import cast
from app.installation.demonstration.bench import Performance, Script
from app.installation.demonstration.exhibits import Exhibit, export_of_readings, photo_of_display
from app.installation.demonstration.reviewing import Opinion, Review
from app.installation.demonstration.scheduling import Calendar, Story
from app.installation.demonstration.scripts import BUFFER, CELLS, GOWNING, MEDIA_FILL, NINE_MASSES, PIPETTE, varied
from app.installation.demonstration.stage import Stage
from app.kernel import clock
from app.notebook.rules.words import Purpose
from app.notebook.services.closing import abort_record
from app.notebook.services.issuing import Issue, void_record

Dated = tuple[datetime, Story]


def _exhibits(at: datetime) -> tuple[Exhibit, ...]:
    """Return what the first trainee attaches: a photo that did not turn out well, a good one, the balance's export."""
    masses = (*NINE_MASSES, "996.78")
    return (
        Exhibit(
            "IMG_0417.jpg",
            "Affichage de la balance, dixième pesée",
            photo_of_display("996.78", "mg", at, is_blurred=True),
            withdrawn="Photo floue, illisible ; refaite aussitôt.",
        ),
        Exhibit(
            "IMG_0418.jpg",
            "Affichage de la balance, dixième pesée : 996,78 mg",
            photo_of_display("996.78", "mg", at + timedelta(minutes=1)),
        ),
        Exhibit(
            "balance-export.csv",
            "Export de la balance : les dix pesées à 1000 µL",
            export_of_readings(masses, "mg", at),
        ),
    )


class Stories:
    """Every story with its beginning; days are working days, counted from 0 (see Calendar)."""

    def __init__(self, stage: Stage, calendar: Calendar) -> None:
        self.stage = stage
        self.at = calendar.at

    def all(self) -> Iterator[Dated]:
        """Yield the stories."""
        yield self.at(0, "14:00"), self.approved()
        yield self.at(0, "14:05"), self.rejected()
        yield self.at(2, "09:30"), self.gowning("1", 2)
        yield self.at(3, "11:00"), self.voided()
        yield self.at(4, "13:15"), self.counted()
        yield self.at(7, "08:40"), self.media_fill()
        yield self.at(7, "15:00"), self.aborted()
        yield self.at(8, "09:10"), self.gowning("2", 8)
        yield self.at(9, "09:00"), self.returned()
        yield self.at(11, "13:00"), self.awaiting_review()
        yield self.at(13, "10:20"), self.at_the_other_operator()
        yield self.at(14, "09:15"), self.in_progress()
        yield self.at(14, "11:45"), self.not_begun()

    def approved(self) -> Story:
        """A slip of the pen, flagged, explained, corrected; approved with the competency."""
        script = varied(
            PIPETTE,
            values={"masses_1000": (*NINE_MASSES, "99.678")},
            corrections={"masses_1000": ("996.78", "Virgule mal placée à la saisie : l'affichage montrait 996,78 mg.")},
            comments={"masses_1000": "Faute de frappe, vue aussitôt et corrigée ; la pesée elle-même était bonne."},
            files={"weighing_1000": _exhibits(self.at(1, "09:23"))},
        )
        work = self._issue("PIP-001", cast.TRAINEE, script)
        yield self._until(1, "09:05")
        yield from work.run()
        yield from work.sign()
        yield self._until(2, "13:30")
        opinion = Opinion(Verdict.COMPETENT, scope="Pipettes monocanal de 100 à 1000 µL")
        yield from self._review(work).finish(opinion)

    def rejected(self) -> Story:
        """The random error is too large, and the trainee concluded all the same that the pipette conforms."""
        masses = ("992.14", "1001.42", "997.05", "990.83", "1002.91", "995.60", "999.78", "993.31", "1000.52", "996.20")
        script = varied(
            PIPETTE,
            values={"masses_1000": masses, "remarks": "Piston un peu dur à 1000 µL."},
            comments={"random_error_1000": "Peut-être trop pressé entre les mesures."},
        )
        work = self._issue("PIP-001", cast.SECOND_TRAINEE, script)
        yield self._until(1, "13:10")
        yield from work.run()
        yield from work.sign()
        yield self._until(3, "09:20")
        grounds = (
            "L'erreur aléatoire à 1000 µL dépasse 3,0 µL : la pipette n'est pas conforme, la conclusion est fausse."
        )
        opinion = Opinion(
            Verdict.NOT_YET_COMPETENT,
            grounds,
            unmet={
                "crit_technique": "Rythme irrégulier, immersion variable.",
                "crit_conclusion": "Conclut à la conformité malgré la limite dépassée.",
            },
            accepts=False,
            on_exceptions="Limite de spécification dépassée, non reconnue dans la conclusion.",
        )
        yield from self._review(work).finish(opinion)

    def gowning(self, attempt: str, day: int) -> Story:
        """One of the three passes in a row that the competency asks for; the plates take more than three days."""
        work = self._issue("GOW-001", cast.THIRD_TRAINEE, varied(GOWNING, values={"attempt_in_row": attempt}))
        yield self._until(day, "10:05")
        yield from work.run()
        yield from work.sign()
        yield timedelta(hours=3)
        yield from self._review(work).finish(Opinion(Verdict.COMPETENT))

    def voided(self) -> Story:
        """Issued to the wrong person, and voided by two people before anything was entered."""
        work = self._issue("PIP-001", cast.TRAINEE, PIPETTE)
        yield timedelta(minutes=6)
        actor, second = self.stage.player(cast.ASSESSOR).actor, self.stage.player(cast.QUALITY).actor
        reason = "Émis deux fois pour la même personne."
        self.stage.act(lambda session: void_record(session, work.record_id, second, actor=actor, reason=reason))
        yield timedelta()

    def counted(self) -> Story:
        """A cell count without anything to remark, approved."""
        work = self._issue("CEL-001", cast.SECOND_TRAINEE, CELLS)
        yield self._until(5, "10:00")
        yield from work.run()
        yield from work.sign()
        yield self._until(6, "11:00")
        yield from self._review(work).finish(Opinion(Verdict.COMPETENT, scope="CHO en suspension"))

    def media_fill(self) -> Story:
        """Lasts more than two weeks: the units stand in the second incubation now."""
        work = self._issue("MED-001", cast.SECOND_TRAINEE, MEDIA_FILL)
        yield timedelta(minutes=20)
        yield from work.run(until="incubation_high_end")

    def aborted(self) -> Story:
        """The instrument failed; what was entered stays."""
        work = self._issue("CEL-001", cast.THIRD_TRAINEE, CELLS)
        yield timedelta(minutes=4)
        yield from work.run(until="analyser")
        actor = self.stage.player(cast.THIRD_TRAINEE).actor
        reason = "De celteller gaf een foutmelding en kon vandaag niet hersteld worden."
        self.stage.act(lambda session: abort_record(session, work.record_id, actor=actor, reason=reason))
        yield timedelta()

    def returned(self) -> Story:
        """Sent back to the trainee for two corrections."""
        script = varied(BUFFER, values={"product_lot": "TRIS-0411", "label_text": "Tris-HCl 50 mM pH 7,4, 2–8 °C"})
        work = self._issue("BUF-001", cast.TRAINEE, script)
        yield timedelta(minutes=10)
        yield from work.run()
        yield from work.sign()
        yield self._until(10, "10:00")
        reason = "Le texte de l'étiquette ne porte ni le lot ni la filtration. Relisez aussi le volume recueilli."
        yield from self._review(work).send_back(reason)

    def awaiting_review(self) -> Story:
        """Complete and signed, with a conductivity outside its limits that the assessor must judge."""
        script = varied(
            BUFFER,
            values={"conductivity": "5.2"},
            comments={"conductivity": "Sonde rincée et relue deux fois, même valeur. Signalé à la formatrice."},
        )
        work = self._issue("BUF-001", cast.SECOND_TRAINEE, script)
        yield timedelta(minutes=15)
        yield from work.run()
        yield from work.sign()

    def in_progress(self) -> Story:
        """At the bench: a volume typed wrong and corrected, a square with too few cells."""
        script = varied(
            CELLS,
            values={"sample_volume": "1000", "live_cells": ("62", "15", "71", "65")},
            corrections={"sample_volume": ("100", "Un zéro de trop : la pipette était réglée sur 100 µL.")},
            comments={
                "sample_volume": "Faute de frappe corrigée ; le volume prélevé est bien de 100 µL.",
                "live_cells": "Deuxième carré presque vide : chambre mal remplie de ce côté.",
            },
        )
        work = self._issue("CEL-001", cast.TRAINEE, script)
        yield timedelta(minutes=8)
        yield from work.run(until="analyser")

    def not_begun(self) -> Story:
        """Waits to be begun."""
        self._issue("PIP-001", cast.THIRD_TRAINEE, PIPETTE)
        yield timedelta()

    def at_the_other_operator(self) -> Story:
        """What the people of the first operator never see."""
        stage = self.stage
        performer, assessor = stage.player(cast.OTHER_TRAINEE), stage.player(cast.OTHER_ASSESSOR)
        issue = Issue("PIP-001", performer.id, Purpose.TRAINING, room_id=stage.rooms[cast.OTHER_ROOM])
        work = Performance.issue(stage, assessor, issue, performer, assessor, PIPETTE)
        yield timedelta(minutes=12)
        yield from work.run(until="weighing_500")

    def _issue(self, code: str, login: str, script: Script) -> Performance:
        stage, performer = self.stage, self.stage.player(login)
        room = stage.rooms[cast.ROOM_OF[code]]
        issue = Issue(code, performer.id, Purpose.ASSESSMENT, stage.cohort_id, room_id=room)
        return Performance.issue(
            stage, stage.player(cast.ASSESSOR), issue, performer, stage.player(cast.CHECKER), script
        )

    def _review(self, work: Performance) -> Review:
        return Review(self.stage, work.record_id, self.stage.player(cast.ASSESSOR))

    def _until(self, day: int, clock_time: str) -> timedelta:
        return self.at(day, clock_time) - clock.now()
