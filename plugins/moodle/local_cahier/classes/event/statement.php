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
 * Something that a statement of Cahier said.
 *
 * @package    local_cahier
 * @copyright  2026 The Cahier authors
 * @license    https://www.gnu.org/licenses/gpl-3.0.html GNU GPL v3 or later
 */

namespace local_cahier\event;

/**
 * What the events about statements have in common: which it was, about whom, where its record stands.
 */
abstract class statement extends \core\event\base {
    /** Whether the event adds ("c") or changes ("u"). */
    protected const CRUD = 'c';

    /**
     * Says what kind of event it is.
     */
    protected function init(): void {
        $this->data['objecttable'] = 'local_cahier_statement';
        $this->data['crud'] = static::CRUD;
        $this->data['edulevel'] = self::LEVEL_PARTICIPATING;
    }

    /**
     * Says which statement it was, about whom, and of which record, for the log.
     *
     * @return string
     */
    protected function describe_statement(): string {
        return "the statement '{$this->other['statementid']}' "
            . "({$this->other['verb']}) about the user with id '$this->relateduserid', record '{$this->other['record']}'.";
    }

    /**
     * Returns where the record can be read, or the activity.
     *
     * @return \moodle_url
     */
    public function get_url() {
        return new \moodle_url($this->other['link'] ?: $this->get_context()->get_url());
    }

    /**
     * Makes sure that everything is there.
     */
    protected function validate_data(): void {
        parent::validate_data();
        foreach (['statementid', 'verb', 'record', 'link'] as $name) {
            if (!isset($this->other[$name])) {
                throw new \coding_exception("The '$name' value must be set in other.");
            }
        }
    }

    /**
     * Statements are not part of a course's backup.
     *
     * @return int
     */
    public static function get_objectid_mapping() {
        return \core\event\base::NOT_MAPPED;
    }

    /**
     * Nothing in "other" is an id of this Moodle.
     *
     * @return bool
     */
    public static function get_other_mapping() {
        return false;
    }
}
