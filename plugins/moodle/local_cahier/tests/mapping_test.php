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
 * What was mapped in Cahier decides where a statement belongs, and what can be mapped is told.
 *
 * @package    local_cahier
 * @copyright  2026 The Cahier authors
 * @license    https://www.gnu.org/licenses/gpl-3.0.html GNU GPL v3 or later
 */

namespace local_cahier;

use core_competency\competency;
use core_competency\user_competency;
use core_external\external_api;
use local_cahier\external\get_mappables;
use local_cahier\external\post_statements;
use local_cahier\local\filing;
use local_cahier\local\receiver;

defined('MOODLE_INTERNAL') || die();

require_once(__DIR__ . '/fixtures.php');

/**
 * What was mapped in Cahier decides where a statement belongs, and what can be mapped is told.
 *
 * @covers \local_cahier\local\filing
 * @covers \local_cahier\local\activity
 * @covers \local_cahier\local\evidence
 * @covers \local_cahier\local\mappables
 * @covers \local_cahier\external\get_mappables
 */
final class mapping_test extends \advanced_testcase {
    use fixtures;

    protected function setUp(): void {
        parent::setUp();
        $this->furnish();
    }

    public function test_a_mapped_activity_comes_before_one_with_the_id_number(): void {
        $other = $this->getDataGenerator()->create_module('page', ['course' => $this->course->id, 'name' => 'Other']);
        $answer = receiver::take($this->statement(), new filing(['modules' => (string) $other->cmid]));

        $this->assertSame('taken', $answer['outcome']);
        $this->assertSame([\context_module::instance($other->cmid)->id], $this->places());
    }

    public function test_an_external_tool_is_mapped_by_its_instance(): void {
        $tool = $this->getDataGenerator()->create_module('lti', ['course' => $this->course->id]);
        receiver::take($this->statement(), new filing(['tools' => "999999,{$tool->id}"]));

        $this->assertSame([\context_module::instance($tool->cmid)->id], $this->places());
    }

    public function test_a_mapped_activity_needs_no_id_number_anywhere(): void {
        global $DB;
        $DB->set_field('course_modules', 'idnumber', '', ['id' => $this->activity->cmid]);
        $answer = receiver::take($this->statement(), new filing(['modules' => (string) $this->activity->cmid]));

        $this->assertSame('taken', $answer['outcome']);
    }

    public function test_a_mapped_activity_of_a_course_without_the_person_does_not_count(): void {
        $make = $this->getDataGenerator();
        $elsewhere = $make->create_module('page', ['course' => $make->create_course()->id]);
        $filing = new filing(['modules' => (string) $elsewhere->cmid]);
        receiver::take($this->statement(), $filing);
        $stranger = $make->create_user();
        $refused = receiver::take($this->statement(changes: ['actor' => $this->agent($stranger->id)]), $filing);

        $this->assertSame([\context_module::instance($this->activity->cmid)->id], $this->places());
        $this->assertSame('notenrolled', $refused['reason']);
    }

    public function test_a_mapped_competency_of_the_course_is_rated(): void {
        $other = $this->another_competency();
        receiver::take($this->earned(), new filing(['competencies' => (string) $other->get('id')]));
        $rated = user_competency::get_records(['userid' => $this->student->id]);

        $this->assertCount(1, $rated);
        $this->assertEquals($other->get('id'), $rated[0]->get('competencyid'));
    }

    public function test_a_mapped_competency_that_the_course_has_not_does_not_count(): void {
        receiver::take($this->earned(), new filing(['competencies' => '999999']));
        $rated = user_competency::get_records(['userid' => $this->student->id]);

        $this->assertEquals($this->competency->get('id'), $rated[0]->get('competencyid'));
    }

    public function test_the_web_service_takes_where_a_statement_belongs_and_does_without(): void {
        $other = $this->getDataGenerator()->create_module('page', ['course' => $this->course->id]);
        $given = [
            ['statement' => $this->statement(), 'modules' => (string) $other->cmid],
            ['statement' => $this->statement(), 'sequence' => ''],
        ];
        $answers = external_api::clean_returnvalue(post_statements::execute_returns(), post_statements::execute($given));

        $this->assertSame(['taken', 'taken'], array_column($answers, 'outcome'));
        $this->assertCount(2, array_unique($this->places()));
    }

    public function test_what_can_be_mapped_is_told_to_who_may_see_it(): void {
        $make = $this->getDataGenerator();
        $hidden = $make->create_course();
        $make->create_module('page', ['course' => $hidden->id]);
        $tool = $make->create_module('lti', [
            'course' => $this->course->id,
            'name' => 'Pipettes & tips',
            'instructorcustomparameters' => 'exercise=PIP-001',
        ]);
        $this->setUser($this->bridge());
        $said = external_api::clean_returnvalue(get_mappables::execute_returns(), get_mappables::execute());
        $activities = array_column($said['activities'], null, 'cmid');

        $this->assertEquals([$this->course->id], array_column($said['courses'], 'id'));
        $this->assertEqualsCanonicalizing([$this->activity->cmid, $tool->cmid], array_keys($activities));
        $this->assertSame('PIP-001', $activities[$this->activity->cmid]['idnumber']);
        $this->assertEquals($tool->id, $activities[$tool->cmid]['instance']);
        $this->assertSame(['Pipettes & tips', 'PIP-001'], [
            $activities[$tool->cmid]['name'],
            $activities[$tool->cmid]['exercise'],
        ]);
        $this->assertSame(['PIP-VER'], array_column($said['competencies'], 'idnumber'));
        $this->assertTrue($said['whole']);
    }

    public function test_a_role_with_the_right_to_view_courses_and_none_of_modules_is_told_all_but_what_is_hidden(): void {
        $make = $this->getDataGenerator();
        $tool = $make->create_module('lti', ['course' => $this->course->id]);
        $make->create_module('lti', ['course' => $this->course->id, 'visible' => 0]);
        $bridge = $make->create_user();
        $role = $make->create_role();
        foreach (['local/cahier:receive', 'moodle/course:view'] as $right) {
            assign_capability($right, CAP_ALLOW, $role, \context_system::instance());
        }
        role_assign($role, $bridge->id, \context_system::instance());
        $this->setUser($bridge);
        $said = external_api::clean_returnvalue(get_mappables::execute_returns(), get_mappables::execute());

        $this->assertEqualsCanonicalizing([$this->activity->cmid, $tool->cmid], array_column($said['activities'], 'cmid'));
    }

    public function test_without_the_right_nothing_is_told(): void {
        $this->setUser($this->teacher);
        $this->expectException(\required_capability_exception::class);
        get_mappables::execute();
    }

    /**
     * Returns a user with the right, enrolled in the course and in no other.
     *
     * @return \stdClass
     */
    private function bridge(): \stdClass {
        $bridge = $this->getDataGenerator()->create_and_enrol($this->course, 'teacher');
        $role = $this->getDataGenerator()->create_role();
        assign_capability('local/cahier:receive', CAP_ALLOW, $role, \context_system::instance());
        role_assign($role, $bridge->id, \context_system::instance());
        return $bridge;
    }

    /**
     * Returns another competency of the course.
     *
     * @return competency
     */
    private function another_competency(): competency {
        $make = $this->getDataGenerator()->get_plugin_generator('core_competency');
        $made = $make->create_competency(['competencyframeworkid' => $this->competency->get('competencyframeworkid')]);
        $make->create_course_competency(['courseid' => $this->course->id, 'competencyid' => $made->get('id')]);
        return $made;
    }

    /**
     * Returns the contexts under which statements were filed.
     *
     * @return int[]
     */
    private function places(): array {
        global $DB;
        return array_map('intval', $DB->get_fieldset_select('local_cahier_statement', 'contextid', '1 = 1 ORDER BY id'));
    }
}
