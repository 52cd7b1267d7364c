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
 * A statement of Cahier was taken.
 *
 * @package    local_cahier
 * @copyright  2026 The Cahier authors
 * @license    https://www.gnu.org/licenses/gpl-3.0.html GNU GPL v3 or later
 */

namespace local_cahier\event;

/**
 * A statement of Cahier was taken.
 */
class statement_received extends statement {
    /**
     * Returns its name.
     *
     * @return string
     */
    public static function get_name() {
        return get_string('event:statement_received', 'local_cahier');
    }

    /**
     * Says what happened, for the log.
     *
     * @return string
     */
    public function get_description() {
        return 'Cahier sent ' . $this->describe_statement();
    }
}
