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
 * What is kept of people is given to them and deleted.
 *
 * @package    local_cahier
 * @copyright  2026 The Cahier authors
 * @license    https://www.gnu.org/licenses/gpl-3.0.html GNU GPL v3 or later
 */

namespace local_cahier\privacy;

use core_privacy\local\metadata\collection;
use core_privacy\local\request\approved_contextlist;
use core_privacy\local\request\approved_userlist;
use core_privacy\local\request\userlist;
use core_privacy\local\request\writer;
use core_privacy\tests\provider_testcase;
use local_cahier\fixtures;
use local_cahier\local\receiver;

defined('MOODLE_INTERNAL') || die();

require_once(__DIR__ . '/../fixtures.php');

/**
 * What is kept of people is given to them and deleted.
 *
 * @covers \local_cahier\privacy\provider
 */
final class provider_test extends provider_testcase {
    use fixtures;

    /** @var \context the activity's context */
    private \context $context;

    protected function setUp(): void {
        parent::setUp();
        $this->furnish();
        $this->context = \context_module::instance($this->activity->cmid);
        receiver::take($this->statement());
        receiver::take($this->statement(changes: ['actor' => $this->agent($this->teacher->id)]));
    }

    public function test_every_column_about_people_is_told(): void {
        global $DB;
        [$table] = provider::get_metadata(new collection('local_cahier'))->get_collection();
        $columns = array_keys($DB->get_columns('local_cahier_statement'));

        $this->assertEqualsCanonicalizing(array_diff($columns, ['id']), array_keys($table->get_privacy_fields()));
    }

    public function test_a_person_is_given_what_is_kept_of_them(): void {
        $list = provider::get_contexts_for_userid($this->student->id);
        $this->export_context_data_for_user($this->student->id, $this->context, 'local_cahier');
        $told = writer::with_context($this->context)->get_data([get_string('pluginname', 'local_cahier')]);

        $this->assertEquals([$this->context->id], $list->get_contextids());
        $this->assertCount(1, $told->statements);
    }

    public function test_a_person_is_deleted_and_others_stay(): void {
        global $DB;
        provider::delete_data_for_user(new approved_contextlist($this->student, 'local_cahier', [$this->context->id]));

        $this->assertEquals([$this->teacher->id], $DB->get_fieldset_select('local_cahier_statement', 'userid', ''));
    }

    public function test_several_people_of_a_context_are_found_and_deleted(): void {
        global $DB;
        $found = new userlist($this->context, 'local_cahier');
        provider::get_users_in_context($found);
        $people = $found->get_userids();
        provider::delete_data_for_users(new approved_userlist($this->context, 'local_cahier', $people));

        $this->assertEqualsCanonicalizing([$this->student->id, $this->teacher->id], $people);
        $this->assertEquals(0, $DB->count_records('local_cahier_statement'));
    }

    public function test_a_context_is_emptied(): void {
        global $DB;
        provider::delete_data_for_all_users_in_context($this->context);

        $this->assertEquals(0, $DB->count_records('local_cahier_statement'));
    }
}
