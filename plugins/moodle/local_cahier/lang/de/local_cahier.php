<?php
// This file is part of Cahier's plug-in for Moodle - https://moodle.org/
//
// It is free software: you can redistribute it and/or modify
// it under the terms of the GNU General Public License as published by
// the Free Software Foundation, either version 3 of the License, or
// (at your option) any later version.
//
// It is distributed in the hope that it will be useful,
// but WITHOUT ANY WARRANTY; without even the implied warranty of
// MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.  See the
// GNU General Public License for more details.
//
// You should have received a copy of the GNU General Public License
// along with it.  If not, see <https://www.gnu.org/licenses/>.

/**
 * The texts of this plug-in in German.
 *
 * @package    local_cahier
 * @copyright  2026 The Cahier authors
 * @license    https://www.gnu.org/licenses/gpl-3.0.html GNU GPL v3 or later
 */

defined('MOODLE_INTERNAL') || die();

$string['cahier:receive'] = 'Lernaussagen über eingeschriebene Personen übermitteln';
$string['check'] = 'Verbindungstest';
$string['check:answers'] = 'Cahier antwortet: {$a}';
$string['check:ask'] = 'Cahier fragen, ob es da ist';
$string['check:competencies'] = 'Ergebnisse werden Kompetenznachweise';
$string['check:here'] = 'Was in diesem Moodle eingestellt ist';
$string['check:huburl'] = 'Die Adresse von Cahier ist eingetragen';
$string['check:isso'] = 'Eingestellt';
$string['check:lastcontact'] = 'Letzter Aufruf durch Cahier';
$string['check:next'] = 'Tragen Sie dann in Cahier, als Ziel der Art Moodle, die Adresse {$a} und das Token ein. Der Test dort sagt, ob Aussagen angenommen würden.';
$string['check:rest'] = 'Das REST-Protokoll ist aktiviert';
$string['check:service'] = 'Der Dienst Cahier ist aktiviert';
$string['check:silent'] = 'Cahier antwortet nicht, wie es sollte: {$a}';
$string['check:token'] = 'Dieser Nutzer hat ein Token für den Dienst';
$string['check:user'] = 'Ein Nutzer darf den Dienst verwenden und hat das Recht local/cahier:receive';
$string['check:webservices'] = 'Webservices sind aktiviert';
$string['check:what'] = 'Was';
$string['competencies'] = 'Kompetenznachweise';
$string['competencies_desc'] = 'Eine in Cahier erworbene Kompetenz bewertet die Kompetenz des Kurses, die ihr in Cahier zugeordnet wurde oder dieselbe ID-Nummer hat. Ergebnisse werden bei den Kompetenzen vermerkt, mit denen die Aktivität verknüpft ist.';
$string['event:connection_tested'] = 'Verbindung von Cahier getestet';
$string['event:statement_received'] = 'Aussage von Cahier empfangen';
$string['event:statement_withdrawn'] = 'Aussage von Cahier zurückgezogen';
$string['evidence:earned'] = 'Kompetenz in Cahier erworben, Dossier {$a}';
$string['evidence:failed'] = 'Übung in Cahier nicht bestanden, Dossier {$a}';
$string['evidence:passed'] = 'Übung in Cahier bestanden, Dossier {$a}';
$string['evidence:withdrawn'] = 'Cahier hat zurückgezogen, was es über Dossier {$a} sagte; ob die Bewertung bleibt, entscheidet ein Mensch';
$string['huburl'] = 'Adresse von Cahier';
$string['huburl_desc'] = 'Etwa https://cahier.example. Logeinträge und Nachweise verweisen auf das Dossier dort.';
$string['pluginname'] = 'Cahier';
$string['privacy:metadata:competency'] = 'Ergebnisse werden Nachweise, die Moodle bei den Kompetenzen aufbewahrt.';
$string['privacy:metadata:statement'] = 'Welche Aussagen über eine Person von Cahier angenommen wurden, damit keine zweimal angenommen wird.';
$string['privacy:metadata:statement:contextid'] = 'Die Aktivität';
$string['privacy:metadata:statement:evidence'] = 'Die Kompetenznachweise, die daraus wurden';
$string['privacy:metadata:statement:statementid'] = 'Die Kennung der Aussage';
$string['privacy:metadata:statement:timecreated'] = 'Wann sie angenommen wurde';
$string['privacy:metadata:statement:userid'] = 'Um wen es geht';
$string['privacy:metadata:statement:verb'] = 'Was geschah';
$string['privacy:metadata:statement:voided'] = 'Ob sie zurückgezogen wurde';
$string['refused:malformed'] = 'Das ist keine Aussage.';
$string['refused:notenrolled'] = 'Die Person ist in keinem Kurs mit einer Aktivität für {$a}.';
$string['refused:notgradable'] = 'Die Kompetenzen der Person werden in diesem Kurs nicht bewertet.';
$string['refused:unknownactivity'] = 'Keine Aktivität steht für die Übung {$a}: Ordnen Sie in Cahier eine zu, oder geben Sie einer den Code als ID-Nummer.';
$string['refused:unknowncompetency'] = 'Der Kurs hat keine in Cahier zugeordnete Kompetenz und keine mit der ID-Nummer {$a}.';
$string['refused:unknownperson'] = 'Der Akteur ist niemand in diesem Moodle.';
$string['refused:unknownstatement'] = 'Die zurückgezogene Aussage wurde hier nie angenommen.';
$string['settings'] = 'Einstellungen';
