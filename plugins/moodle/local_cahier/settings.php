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
 * The settings of this plug-in, and the page that tests the connection.
 *
 * @package    local_cahier
 * @copyright  2026 The Cahier authors
 * @license    https://www.gnu.org/licenses/gpl-3.0.html GNU GPL v3 or later
 */

defined('MOODLE_INTERNAL') || die();

if ($hassiteconfig) {
    $ADMIN->add('localplugins', new admin_category('local_cahier_category', new lang_string('pluginname', 'local_cahier')));
    $settings = new admin_settingpage('local_cahier', new lang_string('settings', 'local_cahier'));
    $settings->add(new admin_setting_configtext(
        'local_cahier/huburl',
        new lang_string('huburl', 'local_cahier'),
        new lang_string('huburl_desc', 'local_cahier'),
        '',
        PARAM_URL
    ));
    $settings->add(new admin_setting_configcheckbox(
        'local_cahier/competencies',
        new lang_string('competencies', 'local_cahier'),
        new lang_string('competencies_desc', 'local_cahier'),
        1
    ));
    $ADMIN->add('local_cahier_category', $settings);
    $ADMIN->add('local_cahier_category', new admin_externalpage(
        'local_cahier_check',
        new lang_string('check', 'local_cahier'),
        new moodle_url('/local/cahier/check.php')
    ));
    $settings = null;
}
