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
 * The texts of this plug-in in Dutch.
 *
 * @package    local_cahier
 * @copyright  2026 The Cahier authors
 * @license    https://www.gnu.org/licenses/gpl-3.0.html GNU GPL v3 or later
 */

defined('MOODLE_INTERNAL') || die();

$string['cahier:receive'] = 'Leerverklaringen over ingeschreven personen doorgeven';
$string['check'] = 'Verbindingstest';
$string['check:answers'] = 'Cahier antwoordt: {$a}';
$string['check:ask'] = 'Cahier vragen of het er is';
$string['check:competencies'] = 'Resultaten worden competentiebewijs';
$string['check:here'] = 'Wat in deze Moodle is ingesteld';
$string['check:huburl'] = 'Het adres van Cahier is ingevuld';
$string['check:isso'] = 'Ingesteld';
$string['check:lastcontact'] = 'Laatste oproep door Cahier';
$string['check:next'] = 'Vul daarna in Cahier, als doel van het soort Moodle, het adres {$a} en het token in. De test daar zegt of verklaringen aangenomen zouden worden.';
$string['check:rest'] = 'Het REST-protocol is ingeschakeld';
$string['check:service'] = 'De dienst Cahier is ingeschakeld';
$string['check:silent'] = 'Cahier antwoordt niet zoals het hoort: {$a}';
$string['check:token'] = 'Die gebruiker heeft een token voor de dienst';
$string['check:user'] = 'Een gebruiker mag de dienst gebruiken en heeft het recht local/cahier:receive';
$string['check:webservices'] = 'Webservices zijn ingeschakeld';
$string['check:what'] = 'Wat';
$string['competencies'] = 'Competentiebewijs';
$string['competencies_desc'] = 'Een competentie die in Cahier is verworven, beoordeelt de competentie van de cursus die er in Cahier aan is gekoppeld of die hetzelfde ID-nummer heeft. Resultaten worden genoteerd bij de competenties waaraan de activiteit is gekoppeld.';
$string['event:connection_tested'] = 'Verbinding van Cahier getest';
$string['event:statement_received'] = 'Verklaring van Cahier ontvangen';
$string['event:statement_withdrawn'] = 'Verklaring van Cahier ingetrokken';
$string['evidence:earned'] = 'Competentie verworven in Cahier, dossier {$a}';
$string['evidence:failed'] = 'Oefening niet geslaagd in Cahier, dossier {$a}';
$string['evidence:passed'] = 'Oefening geslaagd in Cahier, dossier {$a}';
$string['evidence:withdrawn'] = 'Cahier heeft ingetrokken wat het over dossier {$a} zei; of de beoordeling blijft, beslist een mens';
$string['huburl'] = 'Adres van Cahier';
$string['huburl_desc'] = 'Zoals https://cahier.example. Logboekregels en bewijzen verwijzen naar het dossier daar.';
$string['pluginname'] = 'Cahier';
$string['privacy:metadata:competency'] = 'Resultaten worden bewijs dat Moodle bij de competenties bewaart.';
$string['privacy:metadata:statement'] = 'Welke verklaringen over een persoon van Cahier zijn aangenomen, zodat geen enkele tweemaal wordt aangenomen.';
$string['privacy:metadata:statement:contextid'] = 'De activiteit';
$string['privacy:metadata:statement:evidence'] = 'Het competentiebewijs dat eruit voortkwam';
$string['privacy:metadata:statement:statementid'] = 'De id van de verklaring';
$string['privacy:metadata:statement:timecreated'] = 'Wanneer ze is aangenomen';
$string['privacy:metadata:statement:userid'] = 'Over wie het gaat';
$string['privacy:metadata:statement:verb'] = 'Wat er gebeurde';
$string['privacy:metadata:statement:voided'] = 'Of ze is ingetrokken';
$string['refused:malformed'] = 'Dit is geen verklaring.';
$string['refused:notenrolled'] = 'De persoon zit in geen cursus met een activiteit voor {$a}.';
$string['refused:notgradable'] = 'De competenties van de persoon worden in deze cursus niet beoordeeld.';
$string['refused:unknownactivity'] = 'Geen activiteit staat voor oefening {$a}: koppel er een in Cahier, of geef er een de code als ID-nummer.';
$string['refused:unknowncompetency'] = 'De cursus heeft geen competentie die in Cahier is gekoppeld, en geen met ID-nummer {$a}.';
$string['refused:unknownperson'] = 'De actor is niemand in deze Moodle.';
$string['refused:unknownstatement'] = 'De ingetrokken verklaring is hier nooit aangenomen.';
$string['settings'] = 'Instellingen';
