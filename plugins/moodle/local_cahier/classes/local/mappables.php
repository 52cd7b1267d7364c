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
 * What of this Moodle can stand for exercises and competencies of Cahier.
 *
 * @package    local_cahier
 * @copyright  2026 The Cahier authors
 * @license    https://www.gnu.org/licenses/gpl-3.0.html GNU GPL v3 or later
 */

namespace local_cahier\local;

use core_competency\competency;
use core_competency\competency_framework;
use core_competency\course_competency;

/**
 * What of this Moodle can stand for exercises and competencies of Cahier, in the courses that the user may see.
 */
final class mappables {
    /** @var int how many activities are told at most */
    public const MOST_ACTIVITIES = 5000;
    /** @var int how many courses are told at most */
    public const MOST_COURSES = 500;

    /** @var array[] the courses */
    private array $courses = [];
    /** @var array[] the activities */
    private array $activities = [];
    /** @var array[] the competencies, by their number */
    private array $competencies = [];
    /** @var bool whether nothing was left out */
    private bool $whole = true;

    /**
     * Returns all of it.
     *
     * @return array with courses, activities, competencies and whole
     */
    public static function tell(): array {
        global $DB;
        $found = new self();
        $courses = $DB->get_recordset_select('course', 'id <> ?', [SITEID], 'id');
        foreach ($courses as $course) {
            if (!self::may_see($course)) {
                continue;
            }
            if (count($found->courses) >= self::MOST_COURSES || count($found->activities) >= self::MOST_ACTIVITIES) {
                $found->whole = false;
                break;
            }
            $found->add($course);
        }
        $courses->close();
        return [
            'courses' => $found->courses,
            'activities' => $found->activities,
            'competencies' => array_values($found->competencies),
            'whole' => $found->whole,
        ];
    }

    /**
     * Says whether the user may see what is in a course: enrolled there, or allowed to view it.
     *
     * @param \stdClass $course
     * @return bool
     */
    private static function may_see(\stdClass $course): bool {
        global $USER;
        $context = \context_course::instance($course->id);
        if (!$course->visible && !has_capability('moodle/course:viewhiddencourses', $context)) {
            return false;
        }
        return has_capability('moodle/course:view', $context) || is_enrolled($context, $USER, '', true);
    }

    /**
     * Adds a course with what is in it.
     *
     * @param \stdClass $course
     */
    private function add(\stdClass $course): void {
        global $DB;
        $name = self::plain($course->fullname, \context_course::instance($course->id));
        $this->courses[] = ['id' => $course->id, 'shortname' => $course->shortname, 'fullname' => $name];
        $showshidden = has_capability('moodle/course:viewhiddenactivities', \context_course::instance($course->id));
        $tools = $DB->get_records('lti', ['course' => $course->id], '', 'id, instructorcustomparameters, toolurl');
        foreach (get_fast_modinfo($course)->get_cms() as $cm) {
            // Not $cm->uservisible: that wants each module's own right to view, such as mod/lti:view, and each restriction met.
            if ((!$cm->visible && !$showshidden) || $cm->deletioninprogress) {
                continue;
            }
            $tool = $cm->modname === 'lti' ? $tools[$cm->instance] ?? null : null;
            $this->activities[] = [
                'cmid' => $cm->id,
                'instance' => $cm->instance,
                'module' => $cm->modname,
                'course' => $name,
                'name' => self::plain($cm->name, $cm->context),
                'idnumber' => (string) $cm->idnumber,
                'exercise' => $tool ? activity::named($tool->instructorcustomparameters, $tool->toolurl) : '',
            ];
        }
        $this->add_competencies((int) $course->id);
    }

    /**
     * Adds the competencies of a course, each once.
     *
     * @param int $courseid
     */
    private function add_competencies(int $courseid): void {
        if (!\core_competency\api::is_enabled()) {
            return;
        }
        foreach (course_competency::list_competencies($courseid) as $competency) {
            $this->competencies[$competency->get('id')] ??= self::told($competency);
        }
    }

    /**
     * Returns what is told of a competency.
     *
     * @param competency $competency
     * @return array
     */
    private static function told(competency $competency): array {
        $framework = new competency_framework($competency->get('competencyframeworkid'));
        return [
            'id' => $competency->get('id'),
            'idnumber' => (string) $competency->get('idnumber'),
            'shortname' => self::plain($competency->get('shortname'), $framework->get_context()),
            'framework' => self::plain($framework->get('shortname'), $framework->get_context()),
        ];
    }

    /**
     * Returns a name as people read it, without tags.
     *
     * @param string $name
     * @param \context $context
     * @return string
     */
    private static function plain(string $name, \context $context): string {
        return html_entity_decode(strip_tags(format_string($name, true, ['context' => $context])), ENT_QUOTES, 'UTF-8');
    }
}
