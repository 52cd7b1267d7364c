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
 * The web service that Cahier calls.
 *
 * @package    local_cahier
 * @copyright  2026 The Cahier authors
 * @license    https://www.gnu.org/licenses/gpl-3.0.html GNU GPL v3 or later
 */

defined('MOODLE_INTERNAL') || die();

$functions = [
    'local_cahier_post_statements' => [
        'classname' => 'local_cahier\\external\\post_statements',
        'description' => 'Takes learning statements of Cahier about enrolled people, each once.',
        'type' => 'write',
        'capabilities' => 'local/cahier:receive',
    ],
    'local_cahier_get_mappables' => [
        'classname' => 'local_cahier\\external\\get_mappables',
        'description' => 'Says which activities and competencies there are in courses that the user may see.',
        'type' => 'read',
        'capabilities' => 'local/cahier:receive',
    ],
    'local_cahier_test' => [
        'classname' => 'local_cahier\\external\\test',
        'description' => 'Says whether statements would be taken, and what this Moodle is.',
        'type' => 'write',
        'capabilities' => 'local/cahier:receive',
    ],
];

$services = [
    'Cahier' => [
        'shortname' => 'local_cahier',
        'functions' => ['local_cahier_post_statements', 'local_cahier_get_mappables', 'local_cahier_test'],
        'requiredcapability' => 'local/cahier:receive',
        'restrictedusers' => 1,
        'enabled' => 1,
        'downloadfiles' => 0,
        'uploadfiles' => 0,
    ],
];
