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
 * The web service function that tries the connection.
 *
 * @package    local_cahier
 * @copyright  2026 The Cahier authors
 * @license    https://www.gnu.org/licenses/gpl-3.0.html GNU GPL v3 or later
 */

namespace local_cahier\external;

use core_external\external_api;
use core_external\external_function_parameters;
use core_external\external_single_structure;
use core_external\external_value;
use local_cahier\event\connection_tested;

/**
 * The web service function that tries the connection; takes no statement.
 */
class test extends external_api {
    /**
     * Says what it is given.
     *
     * @return external_function_parameters
     */
    public static function execute_parameters(): external_function_parameters {
        return new external_function_parameters([
            'log' => new external_value(PARAM_BOOL, 'Write an event into the log too', VALUE_DEFAULT, false),
        ]);
    }

    /**
     * Says what this Moodle is and whether statements would be taken.
     *
     * @param bool $log
     * @return array
     */
    public static function execute(bool $log = false): array {
        global $CFG;
        ['log' => $log] = self::validate_parameters(self::execute_parameters(), ['log' => $log]);
        $context = \context_system::instance();
        self::validate_context($context);
        require_capability('local/cahier:receive', $context);
        set_config('lastcontact', time(), 'local_cahier');
        if ($log) {
            connection_tested::create(['context' => $context])->trigger();
        }
        return [
            'wwwroot' => $CFG->wwwroot,
            'moodle' => $CFG->release,
            'plugin' => (string) get_config('local_cahier', 'version'),
            'competencies' => get_config('local_cahier', 'competencies') && \core_competency\api::is_enabled(),
        ];
    }

    /**
     * Says what it gives back.
     *
     * @return external_single_structure
     */
    public static function execute_returns(): external_single_structure {
        return new external_single_structure([
            'wwwroot' => new external_value(PARAM_URL, 'The address under which people here are named'),
            'moodle' => new external_value(PARAM_TEXT, 'The release of this Moodle'),
            'plugin' => new external_value(PARAM_TEXT, 'The version of this plug-in'),
            'competencies' => new external_value(PARAM_BOOL, 'Whether statements become competency evidence'),
        ]);
    }
}
