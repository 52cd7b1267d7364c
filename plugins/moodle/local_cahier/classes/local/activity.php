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
 * Which activity of a course an exercise of Cahier is, for one person.
 *
 * @package    local_cahier
 * @copyright  2026 The Cahier authors
 * @license    https://www.gnu.org/licenses/gpl-3.0.html GNU GPL v3 or later
 */

namespace local_cahier\local;

/**
 * Which activity of a course an exercise of Cahier is, for one person.
 */
final class activity {
    /** @var string[] the custom parameters of an external tool that name an exercise */
    private const PARAMETERS = ['exercise', 'cahier_exercise'];

    /**
     * Returns the activity that stands for an exercise in the course that a person entered last.
     *
     * What was mapped in Cahier comes first. Otherwise an activity stands for an exercise if its ID number is the
     * exercise's code, or if it is an external tool with the custom parameter "exercise", or with it in its address.
     *
     * @param string $code the exercise's code
     * @param int $userid
     * @param filing $filing where the statement belongs, if that was said
     * @return \stdClass with id and course of the course module
     * @throws refusal where there is none, or none in a course of this person
     */
    public static function of_exercise(string $code, int $userid, filing $filing): \stdClass {
        $mapped = self::mapped($filing);
        $found = self::entered_last($mapped, $userid);
        if ($found) {
            return $found;
        }
        $candidates = self::candidates($code);
        if (!$candidates && !$mapped) {
            throw new refusal('unknownactivity', $code);
        }
        $found = self::entered_last($candidates, $userid);
        if (!$found) {
            throw new refusal('notenrolled', $code);
        }
        return $found;
    }

    /**
     * Returns the code that an external tool names as its exercise, an empty text where it names none.
     *
     * @param string|null $parameters its custom parameters
     * @param string|null $address
     * @return string
     */
    public static function named(?string $parameters, ?string $address): string {
        foreach (preg_split('~[\r\n;]+~', (string) $parameters) as $line) {
            [$name, $value] = array_map('trim', explode('=', $line, 2)) + ['', ''];
            if (in_array($name, self::PARAMETERS) && $value !== '') {
                return $value;
            }
        }
        parse_str((string) parse_url((string) $address, PHP_URL_QUERY), $query);
        return is_string($query['exercise'] ?? null) ? $query['exercise'] : '';
    }

    /**
     * Returns of some activities the one in the course that a person entered last.
     *
     * @param \stdClass[] $modules
     * @param int $userid
     * @return \stdClass|null null where the person is in none of the courses
     */
    private static function entered_last(array $modules, int $userid): ?\stdClass {
        if (!$modules) {
            return null;
        }
        $since = self::enrolments($userid, array_column($modules, 'course'));
        $entered = array_filter($modules, fn($module) => isset($since[$module->course]));
        usort($entered, fn($one, $other) => [$since[$other->course], $one->id] <=> [$since[$one->course], $other->id]);
        return $entered[0] ?? null;
    }

    /**
     * Returns the activities that a statement belongs to, as far as they are here.
     *
     * @param filing $filing
     * @return \stdClass[]
     */
    private static function mapped(filing $filing): array {
        global $DB;
        if (!$filing->tools && !$filing->modules) {
            return [];
        }
        [$modules, $first] = $DB->get_in_or_equal($filing->modules, SQL_PARAMS_NAMED, 'module', true, 0);
        [$tools, $second] = $DB->get_in_or_equal($filing->tools, SQL_PARAMS_NAMED, 'tool', true, 0);
        $sql = "SELECT cm.id, cm.course
                  FROM {course_modules} cm
                  JOIN {modules} m ON m.id = cm.module
                 WHERE cm.deletioninprogress = 0 AND (cm.id $modules OR (m.name = 'lti' AND cm.instance $tools))";
        return $DB->get_records_sql($sql, $first + $second);
    }

    /**
     * Returns every activity that stands for an exercise.
     *
     * @param string $code
     * @return \stdClass[]
     */
    private static function candidates(string $code): array {
        global $DB;
        $custom = $DB->sql_like('l.instructorcustomparameters', ':custom');
        $address = $DB->sql_like('l.toolurl', ':address');
        $sql = "SELECT cm.id, cm.course, cm.idnumber, l.instructorcustomparameters AS parameters, l.toolurl
                  FROM {course_modules} cm
                  JOIN {modules} m ON m.id = cm.module
             LEFT JOIN {lti} l ON l.id = cm.instance AND m.name = 'lti'
                 WHERE cm.deletioninprogress = 0 AND (cm.idnumber = :code OR $custom OR $address)";
        $params = [
            'code' => $code,
            'custom' => '%exercise=' . $DB->sql_like_escape($code) . '%',
            'address' => '%exercise=' . $DB->sql_like_escape(rawurlencode($code)) . '%',
        ];
        return array_filter(
            $DB->get_records_sql($sql, $params),
            fn($module) => $module->idnumber === $code || self::named($module->parameters, $module->toolurl) === $code
        );
    }

    /**
     * Returns since when a person is in courses, by course.
     *
     * @param int $userid
     * @param int[] $courses
     * @return int[]
     */
    private static function enrolments(int $userid, array $courses): array {
        global $DB;
        [$in, $params] = $DB->get_in_or_equal(array_unique($courses), SQL_PARAMS_NAMED);
        $sql = "SELECT e.courseid, MAX(ue.timecreated) AS since
                  FROM {user_enrolments} ue
                  JOIN {enrol} e ON e.id = ue.enrolid
                 WHERE ue.userid = :userid AND e.courseid $in
              GROUP BY e.courseid";
        return $DB->get_records_sql_menu($sql, $params + ['userid' => $userid]);
    }
}
