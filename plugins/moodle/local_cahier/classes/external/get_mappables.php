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
 * The web service function that says what can be mapped.
 *
 * @package    local_cahier
 * @copyright  2026 The Cahier authors
 * @license    https://www.gnu.org/licenses/gpl-3.0.html GNU GPL v3 or later
 */

namespace local_cahier\external;

use core_external\external_api;
use core_external\external_function_parameters;
use core_external\external_multiple_structure;
use core_external\external_single_structure;
use core_external\external_value;
use local_cahier\local\mappables;

/**
 * The web service function that says which activities and competencies can stand for something of Cahier.
 */
class get_mappables extends external_api {
    /**
     * Says what it is given.
     *
     * @return external_function_parameters
     */
    public static function execute_parameters(): external_function_parameters {
        return new external_function_parameters([]);
    }

    /**
     * Says what there is in the courses that the user may see.
     *
     * @return array
     */
    public static function execute(): array {
        self::validate_parameters(self::execute_parameters(), []);
        $context = \context_system::instance();
        self::validate_context($context);
        require_capability('local/cahier:receive', $context);
        return mappables::tell();
    }

    /**
     * Says what it gives back.
     *
     * @return external_single_structure
     */
    public static function execute_returns(): external_single_structure {
        return new external_single_structure([
            'courses' => new external_multiple_structure(new external_single_structure([
                'id' => new external_value(PARAM_INT, 'The number of the course'),
                'shortname' => new external_value(PARAM_RAW, 'Its short name'),
                'fullname' => new external_value(PARAM_RAW, 'Its name'),
            ])),
            'activities' => new external_multiple_structure(new external_single_structure([
                'cmid' => new external_value(PARAM_INT, 'The number of the course module'),
                'instance' => new external_value(PARAM_INT, 'The number of the activity among those of its module'),
                'module' => new external_value(PARAM_PLUGIN, 'What it is, such as lti'),
                'course' => new external_value(PARAM_RAW, 'The name of its course'),
                'name' => new external_value(PARAM_RAW, 'Its name'),
                'idnumber' => new external_value(PARAM_RAW, 'Its ID number'),
                'exercise' => new external_value(PARAM_RAW, 'The exercise that an external tool names'),
            ])),
            'competencies' => new external_multiple_structure(new external_single_structure([
                'id' => new external_value(PARAM_INT, 'The number of the competency'),
                'idnumber' => new external_value(PARAM_RAW, 'Its ID number'),
                'shortname' => new external_value(PARAM_RAW, 'Its name'),
                'framework' => new external_value(PARAM_RAW, 'The name of its framework'),
            ])),
            'whole' => new external_value(PARAM_BOOL, 'Whether nothing was left out'),
        ]);
    }
}
