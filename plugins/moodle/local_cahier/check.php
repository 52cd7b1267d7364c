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
 * The page that tests the connection.
 *
 * @package    local_cahier
 * @copyright  2026 The Cahier authors
 * @license    https://www.gnu.org/licenses/gpl-3.0.html GNU GPL v3 or later
 */

use local_cahier\local\connection;

require(__DIR__ . '/../../config.php');
require_once($CFG->libdir . '/adminlib.php');

admin_externalpage_setup('local_cahier_check');
$asked = optional_param('ask', 0, PARAM_BOOL) && confirm_sesskey() ? connection::ask_hub() : null;
$words = [true => get_string('yes'), false => get_string('no')];

$table = new html_table();
$table->head = [get_string('check:what', 'local_cahier'), get_string('check:isso', 'local_cahier')];
$table->caption = get_string('check:here', 'local_cahier');
foreach (connection::checks() as $identifier => $isso) {
    $table->data[] = [get_string($identifier, 'local_cahier'), $words[$isso]];
}
$last = get_config('local_cahier', 'lastcontact');
$table->data[] = [get_string('check:lastcontact', 'local_cahier'), $last ? userdate($last) : get_string('never')];

echo $OUTPUT->header();
echo $OUTPUT->heading(get_string('check', 'local_cahier'));
if ($asked) {
    [$answers, $said] = $asked;
    echo $OUTPUT->notification(
        get_string($answers ? 'check:answers' : 'check:silent', 'local_cahier', s($said)),
        $answers ? \core\output\notification::NOTIFY_SUCCESS : \core\output\notification::NOTIFY_ERROR
    );
}
echo html_writer::table($table);
echo html_writer::tag('p', get_string('check:next', 'local_cahier', $CFG->wwwroot));
if ((string) get_config('local_cahier', 'huburl') !== '') {
    $address = new moodle_url('/local/cahier/check.php', ['ask' => 1]);
    echo $OUTPUT->single_button($address, get_string('check:ask', 'local_cahier'), 'post');
}
echo $OUTPUT->footer();
