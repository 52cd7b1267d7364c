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
 * The texts of this plug-in in English.
 *
 * @package    local_cahier
 * @copyright  2026 The Cahier authors
 * @license    https://www.gnu.org/licenses/gpl-3.0.html GNU GPL v3 or later
 */

defined('MOODLE_INTERNAL') || die();

$string['cahier:receive'] = 'Send learning statements about enrolled people';
$string['check'] = 'Connection test';
$string['check:answers'] = 'Cahier answers: {$a}';
$string['check:ask'] = 'Ask Cahier whether it is there';
$string['check:competencies'] = 'Results become competency evidence';
$string['check:here'] = 'What is set in this Moodle';
$string['check:huburl'] = 'The address of Cahier is entered';
$string['check:isso'] = 'Set';
$string['check:lastcontact'] = 'Last call by Cahier';
$string['check:next'] = 'Then enter in Cahier, as a target of the kind Moodle, the address {$a} and the token. The test there tells whether statements would be taken.';
$string['check:rest'] = 'The REST protocol is enabled';
$string['check:service'] = 'The service Cahier is enabled';
$string['check:silent'] = 'Cahier does not answer as it should: {$a}';
$string['check:token'] = 'That user has a token for the service';
$string['check:user'] = 'A user may use the service and has the right local/cahier:receive';
$string['check:webservices'] = 'Web services are enabled';
$string['check:what'] = 'What';
$string['competencies'] = 'Competency evidence';
$string['competencies_desc'] = 'A competency earned in Cahier rates the competency of the course that was mapped to it, or that has the same ID number. Results are noted with the competencies that the activity is linked to.';
$string['event:connection_tested'] = 'Connection of Cahier tested';
$string['event:statement_received'] = 'Statement of Cahier received';
$string['event:statement_withdrawn'] = 'Statement of Cahier withdrawn';
$string['evidence:earned'] = 'Competency earned in Cahier, record {$a}';
$string['evidence:failed'] = 'Exercise not passed in Cahier, record {$a}';
$string['evidence:passed'] = 'Exercise passed in Cahier, record {$a}';
$string['evidence:withdrawn'] = 'Cahier withdrew what it had said of record {$a}; whether the rating stays is for a person to decide';
$string['huburl'] = 'Address of Cahier';
$string['huburl_desc'] = 'Such as https://cahier.example. Log events and evidence link to the record there.';
$string['pluginname'] = 'Cahier';
$string['privacy:metadata:competency'] = 'Results become competency evidence, which Moodle keeps with the competencies.';
$string['privacy:metadata:statement'] = 'Which statements about a person were taken from Cahier, so that none is taken twice.';
$string['privacy:metadata:statement:contextid'] = 'The activity';
$string['privacy:metadata:statement:evidence'] = 'The competency evidence that came of it';
$string['privacy:metadata:statement:statementid'] = 'The id of the statement';
$string['privacy:metadata:statement:timecreated'] = 'When it was taken';
$string['privacy:metadata:statement:userid'] = 'Whom it is about';
$string['privacy:metadata:statement:verb'] = 'What happened';
$string['privacy:metadata:statement:voided'] = 'Whether it was withdrawn';
$string['refused:malformed'] = 'This is not a statement.';
$string['refused:notenrolled'] = 'The person is in no course with an activity for {$a}.';
$string['refused:notgradable'] = 'The person’s competencies are not rated in this course.';
$string['refused:unknownactivity'] = 'No activity stands for the exercise {$a}: map one in Cahier, or give it the code as ID number.';
$string['refused:unknowncompetency'] = 'The course has no competency that was mapped in Cahier, and none with the ID number {$a}.';
$string['refused:unknownperson'] = 'The actor is nobody in this Moodle.';
$string['refused:unknownstatement'] = 'The statement that is withdrawn was never taken here.';
$string['settings'] = 'Settings';
