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
 * The web service asks for the right, and answers for each statement.
 *
 * @package    local_cahier
 * @copyright  2026 The Cahier authors
 * @license    https://www.gnu.org/licenses/gpl-3.0.html GNU GPL v3 or later
 */

namespace local_cahier;

use core_external\external_api;
use local_cahier\external\post_statements;
use local_cahier\external\test;

defined('MOODLE_INTERNAL') || die();

require_once(__DIR__ . '/fixtures.php');

/**
 * The web service asks for the right, and answers for each statement.
 *
 * @covers \local_cahier\external\post_statements
 * @covers \local_cahier\external\test
 */
final class external_test extends \advanced_testcase {
    use fixtures;

    protected function setUp(): void {
        parent::setUp();
        $this->furnish();
    }

    public function test_without_the_right_nothing_is_taken(): void {
        $this->setUser($this->teacher);
        $this->expectException(\required_capability_exception::class);
        post_statements::execute([['statement' => $this->statement(), 'sequence' => '']]);
    }

    public function test_with_the_right_statements_about_others_are_taken(): void {
        $bridge = $this->getDataGenerator()->create_user();
        $role = $this->getDataGenerator()->create_role();
        assign_capability('local/cahier:receive', CAP_ALLOW, $role, \context_system::instance());
        role_assign($role, $bridge->id, \context_system::instance());
        $this->setUser($bridge);
        $given = [['statement' => $this->earned(), 'sequence' => ''], ['statement' => '{}']];
        $answers = external_api::clean_returnvalue(post_statements::execute_returns(), post_statements::execute($given));

        $this->assertSame(['taken', 'refused'], array_column($answers, 'outcome'));
        $this->assertSame([1, 0], array_column($answers, 'evidence'));
    }

    public function test_a_trial_says_what_this_moodle_is_and_writes_an_event_if_asked(): void {
        global $CFG;
        $sink = $this->redirectEvents();
        $said = external_api::clean_returnvalue(test::execute_returns(), test::execute());
        $quiet = count($sink->get_events());
        test::execute(true);

        $this->assertSame($CFG->wwwroot, $said['wwwroot']);
        $this->assertTrue($said['competencies']);
        $this->assertSame([0, 1], [$quiet, count($sink->get_events())]);
    }
}
