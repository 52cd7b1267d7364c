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
 * What a statement means for somebody's competencies.
 *
 * @package    local_cahier
 * @copyright  2026 The Cahier authors
 * @license    https://www.gnu.org/licenses/gpl-3.0.html GNU GPL v3 or later
 */

namespace local_cahier\local;

use core_competency\api;
use core_competency\competency;
use core_competency\course_competency;
use core_competency\course_module_competency;
use core_competency\evidence as core_evidence;
use core_competency\user_competency;

/**
 * What a statement means for somebody's competencies: evidence, by the person who decided, with a link to the record.
 */
final class evidence {
    /**
     * Adds the evidence that a statement is.
     *
     * An earned competency is rated as the framework's default says; a result of the activity is noted with the
     * competencies that the activity is linked to, and rates nothing.
     *
     * @param statement $statement
     * @param \stdClass $module the activity's course module
     * @param int $userid
     * @param filing $filing which competencies are meant, if that was said
     * @return int[] the ids of what was added
     * @throws refusal where the competency cannot be rated there
     */
    public static function add(statement $statement, \stdClass $module, int $userid, filing $filing): array {
        if (!get_config('local_cahier', 'competencies') || !api::is_enabled()) {
            return [];
        }
        if ($statement->verb === statement::EARNED && $statement->competency() !== null) {
            return [self::rate($statement, $module, $userid, $filing)];
        }
        $identifier = [statement::PASSED => 'evidence:passed', statement::FAILED => 'evidence:failed'];
        if (!isset($identifier[$statement->verb])) {
            return [];
        }
        $context = \context_module::instance($module->id);
        return array_map(
            fn($competency) => self::write(
                $userid,
                $competency,
                $context,
                core_evidence::ACTION_LOG,
                $identifier[$statement->verb],
                $statement
            ),
            array_values(course_module_competency::list_competencies($module->id))
        );
    }

    /**
     * Notes with what a statement once was evidence for that it was withdrawn; whether a rating stays is for a person.
     *
     * @param \stdClass $taken the row of the statement that is withdrawn
     * @param statement $statement the one that withdraws it
     * @return int[] the ids of what was added
     */
    public static function withdraw(\stdClass $taken, statement $statement): array {
        if ($taken->evidence === '' || !api::is_enabled()) {
            return [];
        }
        $context = \context::instance_by_id($taken->contextid);
        $added = [];
        foreach (explode(',', $taken->evidence) as $id) {
            $found = core_evidence::get_record(['id' => $id]);
            if (!$found) {
                continue;
            }
            $relation = new user_competency($found->get('usercompetencyid'));
            $competency = new competency($relation->get('competencyid'));
            $added[] = self::write(
                $relation->get('userid'),
                $competency,
                $context,
                core_evidence::ACTION_LOG,
                'evidence:withdrawn',
                $statement,
                $statement->actor()
            );
        }
        return $added;
    }

    /**
     * Returns where a statement's record can be read; an empty text where that is not known.
     *
     * @param statement $statement
     * @return string
     */
    public static function link(statement $statement): string {
        $hub = rtrim((string) get_config('local_cahier', 'huburl'), '/');
        if ($hub === '' || $statement->record() === '') {
            return '';
        }
        return clean_param($hub . '/records?search=' . rawurlencode($statement->record()), PARAM_URL);
    }

    /**
     * Rates the competency that was earned: one that was mapped, or else the one with its code as ID number.
     *
     * @param statement $statement
     * @param \stdClass $module
     * @param int $userid
     * @param filing $filing
     * @return int the id of the evidence
     * @throws refusal
     */
    private static function rate(statement $statement, \stdClass $module, int $userid, filing $filing): int {
        $code = $statement->competency();
        $context = \context_course::instance($module->course);
        $there = course_competency::list_competencies($module->course);
        $mapped = array_filter($there, fn($one) => in_array((int) $one->get('id'), $filing->competencies, true));
        $fitting = $mapped ?: array_filter($there, fn($one) => $one->get('idnumber') === $code);
        if (!$fitting) {
            throw new refusal('unknowncompetency', $code);
        }
        if (!has_capability('moodle/competency:coursecompetencygradable', $context, $userid)) {
            throw new refusal('notgradable');
        }
        $competency = reset($fitting);
        [$grade] = $competency->get_default_grade();
        return self::write(
            $userid,
            $competency,
            \context_module::instance($module->id),
            core_evidence::ACTION_OVERRIDE,
            'evidence:earned',
            $statement,
            $statement->assessor(),
            $grade
        );
    }

    /**
     * Writes one piece of evidence.
     *
     * @param int $userid
     * @param competency $competency
     * @param \context $context
     * @param int $action
     * @param string $identifier the string that describes it
     * @param statement $statement
     * @param int|null $by who decided; left out: the statement's assessor
     * @param int|null $grade
     * @return int its id
     */
    private static function write(
        int $userid,
        competency $competency,
        \context $context,
        int $action,
        string $identifier,
        statement $statement,
        ?int $by = null,
        ?int $grade = null
    ): int {
        $made = api::add_evidence(
            $userid,
            $competency,
            $context,
            $action,
            $identifier,
            'local_cahier',
            $statement->record(),
            false,
            self::link($statement) ?: null,
            $grade,
            $by ?? $statement->assessor()
        );
        return (int) $made->get('id');
    }
}
