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
 * Why a statement is not taken.
 *
 * @package    local_cahier
 * @copyright  2026 The Cahier authors
 * @license    https://www.gnu.org/licenses/gpl-3.0.html GNU GPL v3 or later
 */

namespace local_cahier\local;

/**
 * Why a statement is not taken; the reason is a word that stays, the sentence is for people.
 */
final class refusal extends \Exception {
    /** @var string a word of the strings "refused:…" */
    public readonly string $reason;

    /**
     * Says why.
     *
     * @param string $reason a word of the strings "refused:…"
     * @param mixed $about what the sentence speaks of
     */
    public function __construct(string $reason, mixed $about = null) {
        $this->reason = $reason;
        parent::__construct(get_string('refused:' . $reason, 'local_cahier', $about));
    }
}
