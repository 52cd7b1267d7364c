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
 * Where somebody in Cahier said that a statement belongs.
 *
 * @package    local_cahier
 * @copyright  2026 The Cahier authors
 * @license    https://www.gnu.org/licenses/gpl-3.0.html GNU GPL v3 or later
 */

namespace local_cahier\local;

/**
 * Where somebody in Cahier said that a statement belongs: activities and competencies here, by their numbers.
 *
 * What is named is a wish: it counts where the person is in the course, and the course has the competency.
 */
final class filing {
    /** @var int[] instances of external tools */
    public readonly array $tools;
    /** @var int[] course modules */
    public readonly array $modules;
    /** @var int[] competencies */
    public readonly array $competencies;

    /**
     * Reads what came with a statement; what is left out names nothing.
     *
     * @param array $given with tools, modules and competencies, each numbers with commas
     */
    public function __construct(array $given = []) {
        $this->tools = self::numbers($given['tools'] ?? '');
        $this->modules = self::numbers($given['modules'] ?? '');
        $this->competencies = self::numbers($given['competencies'] ?? '');
    }

    /**
     * Returns the numbers of a list.
     *
     * @param string $list
     * @return int[]
     */
    private static function numbers(string $list): array {
        return array_values(array_filter(array_map('intval', explode(',', $list))));
    }
}
