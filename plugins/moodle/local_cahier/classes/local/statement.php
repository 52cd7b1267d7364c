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
 * A statement as Cahier sends it, read once.
 *
 * @package    local_cahier
 * @copyright  2026 The Cahier authors
 * @license    https://www.gnu.org/licenses/gpl-3.0.html GNU GPL v3 or later
 */

namespace local_cahier\local;

/**
 * A statement as Cahier sends it: whom and what it is about, read from its JSON.
 */
final class statement {
    /** @var string something was passed */
    public const PASSED = 'http://adlnet.gov/expapi/verbs/passed';
    /** @var string something was not passed */
    public const FAILED = 'http://adlnet.gov/expapi/verbs/failed';
    /** @var string a competency was earned */
    public const EARNED = 'http://id.tincanapi.com/verb/earned';
    /** @var string an earlier statement no longer holds */
    public const VOIDED = 'http://adlnet.gov/expapi/verbs/voided';

    /** @var string how the address of an exercise, or of a step of one, ends */
    private const EXERCISE = '~/xapi/activities/exercises/([^/]+)(?:/steps/[^/]+)?$~';
    /** @var string how the address of a competency ends */
    private const COMPETENCY = '~/xapi/activities/competencies/([^/]+)$~';
    /** @var string what the number of a record is kept under */
    private const RECORD = '~/extensions/record$~';

    /** @var \stdClass the statement's JSON */
    private \stdClass $value;
    /** @var string the statement's id, in small letters */
    public readonly string $id;
    /** @var string the address of its verb */
    public readonly string $verb;

    /**
     * Reads a statement.
     *
     * @param string $text its JSON
     * @throws refusal where it is none
     */
    public function __construct(string $text) {
        $value = json_decode($text);
        $id = is_string($value->id ?? null) ? strtolower($value->id) : '';
        $verb = $value->verb->id ?? '';
        $whole = $value instanceof \stdClass && is_object($value->actor ?? null) && is_object($value->object ?? null);
        if (!$whole || !preg_match('~^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$~', $id)) {
            throw new refusal('malformed');
        }
        if (!is_string($verb) || $verb === '' || \core_text::strlen($verb) > 255) {
            throw new refusal('malformed');
        }
        [$this->value, $this->id, $this->verb] = [$value, $id, $verb];
    }

    /**
     * Returns the id of the person here who is meant as the actor.
     *
     * @return int
     * @throws refusal where nobody here is meant
     */
    public function person(): int {
        $found = self::user_of($this->value->actor);
        if ($found === null) {
            throw new refusal('unknownperson');
        }
        return $found;
    }

    /**
     * Returns the id of who decided, null where that is nobody here.
     *
     * @return int|null
     */
    public function assessor(): ?int {
        $instructor = $this->value->context->instructor ?? null;
        return $instructor instanceof \stdClass ? self::user_of($instructor) : null;
    }

    /**
     * Returns the id of the person here who is the actor, null where that is nobody here.
     *
     * @return int|null
     */
    public function actor(): ?int {
        return self::user_of($this->value->actor);
    }

    /**
     * Returns the code of the exercise that it is about, itself or by what it stands under; null where there is none.
     *
     * @return string|null
     */
    public function exercise(): ?string {
        $parents = $this->value->context->contextActivities->parent ?? [];
        foreach ([$this->value->object, ...(is_array($parents) ? $parents : [$parents])] as $activity) {
            $code = self::code(self::EXERCISE, $activity->id ?? '');
            if ($code !== null) {
                return $code;
            }
        }
        return null;
    }

    /**
     * Returns the code of the competency that it is about; null where it is about something else.
     *
     * @return string|null
     */
    public function competency(): ?string {
        return self::code(self::COMPETENCY, $this->value->object->id ?? '');
    }

    /**
     * Returns the id of the statement that this one withdraws; null where it withdraws none.
     *
     * @return string|null
     */
    public function withdraws(): ?string {
        $object = $this->value->object;
        $refers = $this->verb === self::VOIDED && ($object->objectType ?? '') === 'StatementRef';
        return $refers && is_string($object->id ?? null) ? strtolower($object->id) : null;
    }

    /**
     * Returns the number of the record that it comes from; an empty text where it names none.
     *
     * @return string
     */
    public function record(): string {
        foreach ((array) ($this->value->context->extensions ?? []) as $name => $value) {
            if (preg_match(self::RECORD, $name) && is_string($value)) {
                return $value;
            }
        }
        return '';
    }

    /**
     * Returns the user that an agent is: an account of this Moodle, named by the user's number.
     *
     * That is also how this Moodle names its people to LTI tools.
     *
     * @param \stdClass $agent
     * @return int|null
     */
    private static function user_of(\stdClass $agent): ?int {
        global $CFG, $DB;
        $home = $agent->account->homePage ?? '';
        $name = $agent->account->name ?? '';
        if (!is_string($home) || rtrim($home, '/') !== rtrim($CFG->wwwroot, '/')) {
            return null;
        }
        if (!is_string($name) || !preg_match('~^[1-9][0-9]{0,9}$~', $name)) {
            return null;
        }
        $found = $DB->get_field('user', 'id', ['id' => (int) $name, 'deleted' => 0]);
        return $found === false ? null : (int) $found;
    }

    /**
     * Returns the code at the end of an address.
     *
     * @param string $pattern
     * @param mixed $address
     * @return string|null
     */
    private static function code(string $pattern, mixed $address): ?string {
        return is_string($address) && preg_match($pattern, $address, $found) ? rawurldecode($found[1]) : null;
    }
}
