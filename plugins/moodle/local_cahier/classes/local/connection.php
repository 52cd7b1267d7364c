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
 * Whether Cahier can reach this Moodle, and this Moodle Cahier.
 *
 * @package    local_cahier
 * @copyright  2026 The Cahier authors
 * @license    https://www.gnu.org/licenses/gpl-3.0.html GNU GPL v3 or later
 */

namespace local_cahier\local;

/**
 * Whether Cahier can reach this Moodle, and this Moodle Cahier: what is set here, looked at piece by piece.
 */
final class connection {
    /**
     * Returns what has to be so before statements arrive, and whether it is.
     *
     * @return array of a string's identifier => bool
     */
    public static function checks(): array {
        global $CFG, $DB;
        $service = $DB->get_record('external_services', ['shortname' => 'local_cahier', 'component' => 'local_cahier']);
        $protocols = explode(',', $CFG->webserviceprotocols ?? '');
        $users = $service ? self::users($service->id) : [];
        return [
            'check:webservices' => !empty($CFG->enablewebservices),
            'check:rest' => in_array('rest', $protocols),
            'check:service' => $service && $service->enabled,
            'check:user' => (bool) $users,
            'check:token' => $service && $users && self::has_token($service->id, $users),
            'check:huburl' => (string) get_config('local_cahier', 'huburl') !== '',
            'check:competencies' => (bool) get_config('local_cahier', 'competencies') && \core_competency\api::is_enabled(),
        ];
    }

    /**
     * Asks Cahier whether it is there, as its LRS says of itself.
     *
     * @return array with whether it answers, and what
     */
    public static function ask_hub(): array {
        global $CFG;
        require_once($CFG->libdir . '/filelib.php');
        $hub = rtrim((string) get_config('local_cahier', 'huburl'), '/');
        $curl = new \curl();
        $said = $curl->get($hub . '/xapi/about', [], ['CURLOPT_TIMEOUT' => 8, 'CURLOPT_CONNECTTIMEOUT' => 5]);
        $versions = json_decode((string) $said)->version ?? null;
        $code = $curl->get_info()['http_code'] ?? 0;
        if ($curl->get_errno() || $code != 200 || !is_array($versions)) {
            return [false, $curl->get_errno() ? $curl->error : (string) ($code ?: $said)];
        }
        return [true, 'xAPI ' . implode(', ', array_map('strval', $versions))];
    }

    /**
     * Returns the users who may use the service and have the right to it.
     *
     * @param int $serviceid
     * @return int[]
     */
    private static function users(int $serviceid): array {
        global $DB;
        $context = \context_system::instance();
        $ids = $DB->get_fieldset_select('external_services_users', 'userid', 'externalserviceid = ?', [$serviceid]);
        return array_values(array_filter(
            $ids,
            fn($id) => has_all_capabilities(['local/cahier:receive', 'webservice/rest:use'], $context, $id)
        ));
    }

    /**
     * Says whether one of these users has a token that is in force.
     *
     * @param int $serviceid
     * @param int[] $users
     * @return bool
     */
    private static function has_token(int $serviceid, array $users): bool {
        global $DB;
        [$in, $params] = $DB->get_in_or_equal($users, SQL_PARAMS_NAMED);
        $where = "externalserviceid = :service AND userid $in AND (validuntil IS NULL OR validuntil = 0 OR validuntil > :now)";
        return $DB->record_exists_select('external_tokens', $where, $params + ['service' => $serviceid, 'now' => time()]);
    }
}
