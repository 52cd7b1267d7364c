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
 * A course with an activity that stands for an exercise, its people, and statements about them.
 *
 * @package    local_cahier
 * @copyright  2026 The Cahier authors
 * @license    https://www.gnu.org/licenses/gpl-3.0.html GNU GPL v3 or later
 */

namespace local_cahier;

use core_competency\course_competency;
use core_competency\evidence;

/**
 * A course with an activity that stands for an exercise, its people, and statements about them.
 */
trait fixtures {
    /** @var \stdClass the course */
    protected \stdClass $course;
    /** @var \stdClass the activity */
    protected \stdClass $activity;
    /** @var \stdClass a student of the course */
    protected \stdClass $student;
    /** @var \stdClass a teacher of the course */
    protected \stdClass $teacher;
    /** @var \core_competency\competency the competency of the course */
    protected \core_competency\competency $competency;

    /**
     * Makes all of it.
     */
    protected function furnish(): void {
        $this->resetAfterTest();
        $this->preventResetByRollback(); // A refused statement rolls back what was begun.
        $this->setAdminUser();
        $make = $this->getDataGenerator();
        $this->course = $make->create_course();
        $this->activity = $make->create_module('page', ['course' => $this->course->id, 'idnumber' => 'PIP-001']);
        $this->student = $make->create_and_enrol($this->course, 'student');
        $this->teacher = $make->create_and_enrol($this->course, 'editingteacher');
        $competencies = $make->get_plugin_generator('core_competency');
        $framework = $competencies->create_framework();
        $this->competency = $competencies->create_competency([
            'competencyframeworkid' => $framework->get('id'),
            'idnumber' => 'PIP-VER',
        ]);
        $competencies->create_course_competency([
            'courseid' => $this->course->id,
            'competencyid' => $this->competency->get('id'),
        ]);
        set_config('huburl', 'https://cahier.example', 'local_cahier');
        set_config('competencies', 1, 'local_cahier');
    }

    /**
     * Returns a statement about the student as JSON.
     *
     * @param string $verb
     * @param array $changes
     * @return string
     */
    protected function statement(string $verb = 'http://adlnet.gov/expapi/verbs/completed', array $changes = []): string {
        $hub = 'https://cahier.example/xapi/activities/exercises/PIP-001';
        return json_encode($changes + [
            'id' => \core\uuid::generate(),
            'actor' => $this->agent($this->student->id),
            'verb' => ['id' => $verb],
            'object' => ['objectType' => 'Activity', 'id' => $hub . '/steps/weigh'],
            'context' => [
                'instructor' => $this->agent($this->teacher->id),
                'contextActivities' => ['parent' => [['id' => $hub]]],
                'extensions' => ['https://cahier.example/profile/extensions/record' => 'PIP-2026-0001'],
            ],
        ]);
    }

    /**
     * Returns a statement that the student earned the competency.
     *
     * @return string
     */
    protected function earned(): string {
        $competency = ['objectType' => 'Activity', 'id' => 'https://cahier.example/xapi/activities/competencies/PIP-VER'];
        return $this->statement('http://id.tincanapi.com/verb/earned', ['object' => $competency]);
    }

    /**
     * Returns how this Moodle names a user to others.
     *
     * @param int $userid
     * @return array
     */
    protected function agent(int $userid): array {
        global $CFG;
        return ['objectType' => 'Agent', 'account' => ['homePage' => $CFG->wwwroot, 'name' => (string) $userid]];
    }

    /**
     * Returns all evidence that there is.
     *
     * @return evidence[]
     */
    protected function evidence(): array {
        return array_values(evidence::get_records([], 'id'));
    }
}
