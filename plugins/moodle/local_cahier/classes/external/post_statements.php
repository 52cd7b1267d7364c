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
 * The web service function that takes statements.
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
use local_cahier\local\receiver;

/**
 * The web service function that takes statements.
 */
class post_statements extends external_api {
    /**
     * Says what it is given.
     *
     * @return external_function_parameters
     */
    public static function execute_parameters(): external_function_parameters {
        return new external_function_parameters([
            'statements' => new external_multiple_structure(new external_single_structure([
                'statement' => new external_value(PARAM_RAW, 'One statement as JSON, as it was frozen'),
                'sequence' => new external_value(PARAM_ALPHANUMEXT, 'What it must not overtake in', VALUE_DEFAULT, ''),
                'tools' => new external_value(PARAM_SEQUENCE, 'Instances of external tools it may belong to', VALUE_DEFAULT, ''),
                'modules' => new external_value(PARAM_SEQUENCE, 'Course modules it may belong to', VALUE_DEFAULT, ''),
                'competencies' => new external_value(PARAM_SEQUENCE, 'Competencies it may be about', VALUE_DEFAULT, ''),
            ])),
        ]);
    }

    /**
     * Takes statements in their order, each whole or not at all; after a refused one its sequence is held.
     *
     * @param array[] $statements
     * @return array one answer for each, in the same order
     */
    public static function execute(array $statements): array {
        ['statements' => $statements] = self::validate_parameters(
            self::execute_parameters(),
            ['statements' => $statements]
        );
        $context = \context_system::instance();
        self::validate_context($context);
        require_capability('local/cahier:receive', $context);
        set_config('lastcontact', time(), 'local_cahier');
        return receiver::take_all($statements);
    }

    /**
     * Says what it gives back.
     *
     * @return external_multiple_structure
     */
    public static function execute_returns(): external_multiple_structure {
        return new external_multiple_structure(new external_single_structure([
            'outcome' => new external_value(PARAM_ALPHA, 'taken, repeated, ignored, refused or held'),
            'reason' => new external_value(PARAM_ALPHA, 'Why it was not taken, in one word'),
            'message' => new external_value(PARAM_TEXT, 'Why it was not taken, for people'),
            'evidence' => new external_value(PARAM_INT, 'How many pieces of competency evidence came of it'),
        ]));
    }
}
