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
 * Statements are taken once, told to the log, and become evidence.
 *
 * @package    local_cahier
 * @copyright  2026 The Cahier authors
 * @license    https://www.gnu.org/licenses/gpl-3.0.html GNU GPL v3 or later
 */

namespace local_cahier;

use core_competency\evidence;
use core_competency\user_competency_course;
use local_cahier\local\receiver;

defined('MOODLE_INTERNAL') || die();

require_once(__DIR__ . '/fixtures.php');

/**
 * Statements are taken once, told to the log, and become evidence.
 *
 * @covers \local_cahier\local\receiver
 * @covers \local_cahier\local\statement
 * @covers \local_cahier\local\activity
 * @covers \local_cahier\local\evidence
 */
final class receiver_test extends \advanced_testcase {
    use fixtures;

    protected function setUp(): void {
        parent::setUp();
        $this->furnish();
    }

    public function test_a_statement_becomes_an_event_in_the_context_of_its_activity(): void {
        $sink = $this->redirectEvents();
        $answer = receiver::take($this->statement());
        $events = array_values(array_filter($sink->get_events(), fn($one) => $one->component === 'local_cahier'));

        $this->assertSame('taken', $answer['outcome']);
        $this->assertCount(1, $events);
        $this->assertEquals(\context_module::instance($this->activity->cmid), $events[0]->get_context());
        $this->assertEquals($this->student->id, $events[0]->relateduserid);
        $this->assertStringContainsString('PIP-2026-0001', $events[0]->get_description());
        $this->assertSame('https://cahier.example/records?search=PIP-2026-0001', $events[0]->get_url()->out(false));
    }

    public function test_a_statement_is_taken_once(): void {
        global $DB;
        $sent = $this->earned();
        $outcomes = array_map(fn($text) => receiver::take($text)['outcome'], [$sent, $sent]);

        $this->assertSame(['taken', 'repeated'], $outcomes);
        $this->assertEquals(1, $DB->count_records('local_cahier_statement'));
        $this->assertCount(1, $this->evidence());
    }

    public function test_an_earned_competency_is_rated_by_who_decided_with_a_link_to_the_record(): void {
        $answer = receiver::take($this->earned());
        [$evidence] = $this->evidence();
        $rating = user_competency_course::get_record(['userid' => $this->student->id, 'courseid' => $this->course->id]);

        $this->assertSame(1, $answer['evidence']);
        $this->assertEquals($this->teacher->id, $evidence->get('actionuserid'));
        $this->assertEquals(evidence::ACTION_OVERRIDE, $evidence->get('action'));
        $this->assertSame('https://cahier.example/records?search=PIP-2026-0001', $evidence->get('url'));
        $this->assertTrue((bool) $rating->get('proficiency'));
    }

    public function test_a_result_is_noted_with_the_competencies_of_the_activity_and_rates_nothing(): void {
        $this->getDataGenerator()->get_plugin_generator('core_competency')->create_course_module_competency([
            'cmid' => $this->activity->cmid,
            'competencyid' => $this->competency->get('id'),
        ]);
        receiver::take($this->statement('http://adlnet.gov/expapi/verbs/failed'));
        [$evidence] = $this->evidence();

        $this->assertEquals(evidence::ACTION_LOG, $evidence->get('action'));
        $this->assertNull($evidence->get('grade'));
        $this->assertStringContainsString('PIP-2026-0001', (string) $evidence->get_description());
    }

    public function test_what_is_withdrawn_is_noted_and_a_rating_stays(): void {
        global $DB;
        $sent = $this->earned();
        receiver::take($sent);
        $voiding = $this->statement('http://adlnet.gov/expapi/verbs/voided', [
            'actor' => $this->agent($this->teacher->id),
            'object' => ['objectType' => 'StatementRef', 'id' => json_decode($sent)->id],
        ]);
        $answer = receiver::take($voiding);
        $evidence = $this->evidence();

        $this->assertSame('taken', $answer['outcome']);
        $this->assertEquals(1, $DB->get_field('local_cahier_statement', 'voided', ['statementid' => json_decode($sent)->id]));
        $this->assertSame('evidence:withdrawn', $evidence[1]->get('descidentifier'));
        $this->assertEquals($this->teacher->id, $evidence[1]->get('actionuserid'));
    }

    public function test_withdrawing_what_was_never_taken_is_nothing_to_do(): void {
        $voiding = $this->statement('http://adlnet.gov/expapi/verbs/voided', [
            'object' => ['objectType' => 'StatementRef', 'id' => \core\uuid::generate()],
        ]);

        $this->assertSame('ignored', receiver::take($voiding)['outcome']);
    }

    public function test_nobody_is_taken_who_is_in_no_course_with_the_activity(): void {
        $stranger = $this->getDataGenerator()->create_user();
        $answer = receiver::take($this->statement(changes: ['actor' => $this->agent($stranger->id)]));

        $this->assertSame(['refused', 'notenrolled'], [$answer['outcome'], $answer['reason']]);
    }

    /**
     * What is refused, and why.
     *
     * @return array
     */
    public static function refused_provider(): array {
        $elsewhere = ['account' => ['homePage' => 'https://other.example', 'name' => '4']];
        return [
            'no statement' => ['[]', 'malformed'],
            'no JSON' => ['{', 'malformed'],
            'another exercise' => [
                ['object' => ['id' => 'https://cahier.example/xapi/activities/exercises/NOPE'], 'context' => []],
                'unknownactivity',
            ],
            'no exercise' => [['object' => ['id' => 'https://cahier.example/other'], 'context' => []], 'unknownactivity'],
            'a person of another system' => [['actor' => $elsewhere], 'unknownperson'],
        ];
    }

    /**
     * Refusals are told by word, and leave nothing behind.
     *
     * @dataProvider refused_provider
     * @param array|string $changed
     * @param string $reason
     */
    public function test_what_cannot_be_placed_is_refused(array|string $changed, string $reason): void {
        global $DB;
        $answer = receiver::take(is_string($changed) ? $changed : $this->statement(changes: $changed));

        $this->assertSame(['refused', $reason], [$answer['outcome'], $answer['reason']]);
        $this->assertEquals(0, $DB->count_records('local_cahier_statement'));
    }

    public function test_a_competency_that_the_course_has_not_leaves_nothing_behind(): void {
        global $DB;
        $other = ['object' => ['id' => 'https://cahier.example/xapi/activities/competencies/OTHER']];
        $answer = receiver::take_all([[
            'statement' => $this->statement('http://id.tincanapi.com/verb/earned', $other),
            'sequence' => 'one',
        ], ['statement' => $this->statement(), 'sequence' => 'one'], ['statement' => $this->statement(), 'sequence' => 'two']]);

        $this->assertSame(['refused', 'held', 'taken'], array_column($answer, 'outcome'));
        $this->assertSame('unknowncompetency', $answer[0]['reason']);
        $this->assertEquals(1, $DB->count_records('local_cahier_statement'));
    }

    public function test_without_the_setting_nothing_becomes_evidence(): void {
        set_config('competencies', 0, 'local_cahier');
        $answer = receiver::take($this->earned());

        $this->assertSame('taken', $answer['outcome']);
        $this->assertSame([], $this->evidence());
    }

    /**
     * How an external tool says for which exercise it is.
     *
     * @return array
     */
    public static function tool_provider(): array {
        return [
            'by a custom parameter' => ['https://cahier.example/lti/launch', "colour=red\nexercise=PIP-001"],
            'by its address' => ['https://cahier.example/lti/launch?exercise=PIP-001', ''],
        ];
    }

    /**
     * An external tool stands for an exercise, and the newest enrolment decides.
     *
     * @dataProvider tool_provider
     * @param string $address
     * @param string $parameters
     */
    public function test_of_several_courses_the_one_entered_last_counts(string $address, string $parameters): void {
        global $DB;
        $make = $this->getDataGenerator();
        $newer = $make->create_course();
        $activity = $make->create_module('lti', [
            'course' => $newer->id,
            'toolurl' => $address,
            'instructorcustomparameters' => $parameters,
        ]);
        $make->enrol_user($this->student->id, $newer->id, 'student');
        $DB->execute('UPDATE {user_enrolments} SET timecreated = timecreated - 1000');
        $DB->set_field_select(
            'user_enrolments',
            'timecreated',
            time(),
            'enrolid IN (SELECT id FROM {enrol} WHERE courseid = ?)',
            [$newer->id]
        );
        receiver::take($this->statement());

        $context = \context_module::instance($activity->cmid);
        $this->assertTrue($DB->record_exists('local_cahier_statement', ['contextid' => $context->id]));
    }
}
