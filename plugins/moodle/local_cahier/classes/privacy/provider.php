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
 * What this plug-in keeps of people, gives them and deletes.
 *
 * @package    local_cahier
 * @copyright  2026 The Cahier authors
 * @license    https://www.gnu.org/licenses/gpl-3.0.html GNU GPL v3 or later
 */

namespace local_cahier\privacy;

use core_privacy\local\metadata\collection;
use core_privacy\local\request\approved_contextlist;
use core_privacy\local\request\approved_userlist;
use core_privacy\local\request\contextlist;
use core_privacy\local\request\transform;
use core_privacy\local\request\userlist;
use core_privacy\local\request\writer;

/**
 * What this plug-in keeps of people, gives them and deletes.
 *
 * Log events and competency evidence are kept by the parts of Moodle that they belong to, which have providers of
 * their own.
 */
class provider implements
    \core_privacy\local\metadata\provider,
    \core_privacy\local\request\core_userlist_provider,
    \core_privacy\local\request\plugin\provider {
    /** @var string the table of statements */
    private const TABLE = 'local_cahier_statement';

    /**
     * Says what is kept.
     *
     * @param collection $collection
     * @return collection
     */
    public static function get_metadata(collection $collection): collection {
        $collection->add_database_table(self::TABLE, [
            'statementid' => 'privacy:metadata:statement:statementid',
            'userid' => 'privacy:metadata:statement:userid',
            'contextid' => 'privacy:metadata:statement:contextid',
            'verb' => 'privacy:metadata:statement:verb',
            'evidence' => 'privacy:metadata:statement:evidence',
            'voided' => 'privacy:metadata:statement:voided',
            'timecreated' => 'privacy:metadata:statement:timecreated',
        ], 'privacy:metadata:statement');
        $collection->add_subsystem_link('core_competency', [], 'privacy:metadata:competency');
        return $collection;
    }

    /**
     * Returns where something is kept of a person.
     *
     * @param int $userid
     * @return contextlist
     */
    public static function get_contexts_for_userid(int $userid): contextlist {
        $list = new contextlist();
        $list->add_from_sql('SELECT DISTINCT contextid FROM {' . self::TABLE . '} WHERE userid = :id', ['id' => $userid]);
        return $list;
    }

    /**
     * Adds the people of whom something is kept in a context.
     *
     * @param userlist $userlist
     */
    public static function get_users_in_context(userlist $userlist): void {
        $sql = 'SELECT userid FROM {' . self::TABLE . '} WHERE contextid = :id';
        $userlist->add_from_sql('userid', $sql, ['id' => $userlist->get_context()->id]);
    }

    /**
     * Gives a person what is kept of them.
     *
     * @param approved_contextlist $contextlist
     */
    public static function export_user_data(approved_contextlist $contextlist): void {
        global $DB;
        $userid = $contextlist->get_user()->id;
        foreach ($contextlist->get_contexts() as $context) {
            $rows = $DB->get_records(self::TABLE, ['userid' => $userid, 'contextid' => $context->id], 'timecreated, id');
            if (!$rows) {
                continue;
            }
            $told = array_map(fn($row) => [
                'statementid' => $row->statementid,
                'verb' => $row->verb,
                'voided' => transform::yesno($row->voided),
                'timecreated' => transform::datetime($row->timecreated),
            ], array_values($rows));
            writer::with_context($context)->export_data(
                [get_string('pluginname', 'local_cahier')],
                (object) ['statements' => $told]
            );
        }
    }

    /**
     * Deletes everything that is kept in a context.
     *
     * @param \context $context
     */
    public static function delete_data_for_all_users_in_context(\context $context): void {
        global $DB;
        $DB->delete_records(self::TABLE, ['contextid' => $context->id]);
    }

    /**
     * Deletes what is kept of a person.
     *
     * @param approved_contextlist $contextlist
     */
    public static function delete_data_for_user(approved_contextlist $contextlist): void {
        global $DB;
        foreach ($contextlist->get_contextids() as $contextid) {
            $DB->delete_records(self::TABLE, ['userid' => $contextlist->get_user()->id, 'contextid' => $contextid]);
        }
    }

    /**
     * Deletes what is kept of several people in a context.
     *
     * @param approved_userlist $userlist
     */
    public static function delete_data_for_users(approved_userlist $userlist): void {
        global $DB;
        $ids = $userlist->get_userids();
        if ($ids) {
            [$in, $params] = $DB->get_in_or_equal($ids, SQL_PARAMS_NAMED);
            $params['contextid'] = $userlist->get_context()->id;
            $DB->delete_records_select(self::TABLE, "contextid = :contextid AND userid $in", $params);
        }
    }
}
