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
 * Takes statements, each once.
 *
 * @package    local_cahier
 * @copyright  2026 The Cahier authors
 * @license    https://www.gnu.org/licenses/gpl-3.0.html GNU GPL v3 or later
 */

namespace local_cahier\local;

use local_cahier\event\statement_received;
use local_cahier\event\statement_withdrawn;

/**
 * Takes statements, each once: a row, an event in the activity's log, evidence of competency.
 */
final class receiver {
    /** @var string the statement is new here */
    public const TAKEN = 'taken';
    /** @var string the statement was taken before; nothing is done again */
    public const REPEATED = 'repeated';
    /** @var string the statement is not taken, now or ever, until somebody mends what the reason says */
    public const REFUSED = 'refused';

    /** @var string the statement withdraws one that was never taken here: there is nothing to do, now or later */
    public const IGNORED = 'ignored';
    /** @var string nothing was done with the statement, because one before it in its sequence was refused */
    public const HELD = 'held';

    /**
     * Takes statements in their order; what comes after a refused one in its sequence is held.
     *
     * @param array[] $statements each with statement (JSON) and sequence, and where it belongs, if that was said
     * @return array[] one answer for each
     */
    public static function take_all(array $statements): array {
        $blocked = [];
        $answers = [];
        foreach ($statements as $given) {
            $sequence = $given['sequence'];
            $answer = isset($blocked[$sequence])
                ? self::answer(self::HELD)
                : self::take($given['statement'], new filing($given));
            if ($answer['outcome'] === self::REFUSED && $sequence !== '') {
                $blocked[$sequence] = true;
            }
            $answers[] = $answer;
        }
        return $answers;
    }

    /**
     * Takes one statement, whole or not at all.
     *
     * @param string $text its JSON
     * @param filing|null $filing where it belongs, if that was said
     * @return array with outcome, reason (a word), message (a sentence) and evidence (how many pieces)
     */
    public static function take(string $text, ?filing $filing = null): array {
        global $DB;
        $filing ??= new filing();
        try {
            $statement = new statement($text);
            if (self::is_known($statement->id)) {
                return self::answer(self::REPEATED);
            }
            $transaction = $DB->start_delegated_transaction();
            try {
                $evidence = $statement->withdraws() === null
                    ? self::keep($statement, $filing)
                    : self::withdraw($statement);
                $transaction->allow_commit();
            } catch (\Throwable $error) {
                self::roll_back($transaction, $error);
            }
            return self::answer(self::TAKEN, evidence: count($evidence));
        } catch (refusal $refusal) {
            $outcome = $refusal->reason === 'unknownstatement' ? self::IGNORED : self::REFUSED;
            return self::answer($outcome, $refusal->reason, $refusal->getMessage());
        } catch (\dml_write_exception $error) {
            // Two requests at once: the unique key let one of them through.
            if (isset($statement) && self::is_known($statement->id)) {
                return self::answer(self::REPEATED);
            }
            throw $error;
        } catch (\dml_exception $error) {
            throw $error; // The database may be well again in a moment: the whole request is sent again.
        } catch (\moodle_exception $error) {
            return self::answer(self::REFUSED, 'failed', $error->getMessage());
        }
    }

    /**
     * Keeps a statement about a person's work.
     *
     * @param statement $statement
     * @param filing $filing
     * @return int[] ids of evidence
     */
    private static function keep(statement $statement, filing $filing): array {
        $userid = $statement->person();
        $code = $statement->exercise();
        if ($code === null) {
            throw new refusal('unknownactivity', '');
        }
        $module = activity::of_exercise($code, $userid, $filing);
        $context = \context_module::instance($module->id);
        $row = self::insert($statement, $userid, $context->id);
        $evidence = evidence::add($statement, $module, $userid, $filing);
        self::remember_evidence($row, $evidence);
        self::tell(statement_received::class, $row, $statement);
        return $evidence;
    }

    /**
     * Keeps a statement that withdraws another one.
     *
     * @param statement $statement
     * @return int[] ids of evidence
     */
    private static function withdraw(statement $statement): array {
        global $DB;
        $taken = $DB->get_record('local_cahier_statement', ['statementid' => $statement->withdraws()]);
        if (!$taken) {
            throw new refusal('unknownstatement');
        }
        $DB->set_field('local_cahier_statement', 'voided', 1, ['id' => $taken->id]);
        $row = self::insert($statement, (int) $taken->userid, (int) $taken->contextid);
        $evidence = evidence::withdraw($taken, $statement);
        self::remember_evidence($row, $evidence);
        if (\context::instance_by_id($row->contextid, IGNORE_MISSING)) {
            self::tell(statement_withdrawn::class, $row, $statement);
        }
        return $evidence;
    }

    /**
     * Writes the row of a statement.
     *
     * @param statement $statement
     * @param int $userid
     * @param int $contextid
     * @return \stdClass
     */
    private static function insert(statement $statement, int $userid, int $contextid): \stdClass {
        global $DB;
        $row = (object) [
            'statementid' => $statement->id,
            'userid' => $userid,
            'contextid' => $contextid,
            'verb' => $statement->verb,
            'evidence' => '',
            'voided' => 0,
            'timecreated' => time(),
        ];
        $row->id = $DB->insert_record('local_cahier_statement', $row);
        return $row;
    }

    /**
     * Writes down which evidence came of a statement.
     *
     * @param \stdClass $row
     * @param int[] $evidence
     */
    private static function remember_evidence(\stdClass $row, array $evidence): void {
        global $DB;
        $row->evidence = \core_text::substr(implode(',', $evidence), 0, 255);
        if ($evidence) {
            $DB->set_field('local_cahier_statement', 'evidence', $row->evidence, ['id' => $row->id]);
        }
    }

    /**
     * Writes the event into the log.
     *
     * @param string $event the event's class
     * @param \stdClass $row
     * @param statement $statement
     */
    private static function tell(string $event, \stdClass $row, statement $statement): void {
        $told = $event::create([
            'objectid' => $row->id,
            'contextid' => $row->contextid,
            'relateduserid' => $row->userid,
            'other' => [
                'statementid' => $statement->id,
                'verb' => $statement->verb,
                'record' => $statement->record(),
                'link' => evidence::link($statement),
            ],
        ]);
        $told->add_record_snapshot('local_cahier_statement', $row);
        $told->trigger();
    }

    /**
     * Undoes what was begun and throws the error again.
     *
     * @param \moodle_transaction $transaction
     * @param \Throwable $error
     * @return never
     */
    private static function roll_back(\moodle_transaction $transaction, \Throwable $error): never {
        if (!$transaction->is_disposed()) {
            $transaction->rollback($error);
        }
        throw $error;
    }

    /**
     * Says whether a statement was taken before.
     *
     * @param string $id
     * @return bool
     */
    private static function is_known(string $id): bool {
        global $DB;
        return $DB->record_exists('local_cahier_statement', ['statementid' => $id]);
    }

    /**
     * Returns what is said of one statement.
     *
     * @param string $outcome
     * @param string $reason
     * @param string $message
     * @param int $evidence
     * @return array
     */
    private static function answer(string $outcome, string $reason = '', string $message = '', int $evidence = 0): array {
        return ['outcome' => $outcome, 'reason' => $reason, 'message' => $message, 'evidence' => $evidence];
    }
}
