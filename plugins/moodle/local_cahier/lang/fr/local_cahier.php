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
 * The texts of this plug-in in French.
 *
 * @package    local_cahier
 * @copyright  2026 The Cahier authors
 * @license    https://www.gnu.org/licenses/gpl-3.0.html GNU GPL v3 or later
 */

defined('MOODLE_INTERNAL') || die();

$string['cahier:receive'] = 'Transmettre des énoncés d’apprentissage sur des personnes inscrites';
$string['check'] = 'Test de la connexion';
$string['check:answers'] = 'Cahier répond : {$a}';
$string['check:ask'] = 'Demander à Cahier s’il répond';
$string['check:competencies'] = 'Les résultats deviennent des preuves de compétence';
$string['check:here'] = 'Ce qui est réglé dans ce Moodle';
$string['check:huburl'] = 'L’adresse de Cahier est saisie';
$string['check:isso'] = 'Réglé';
$string['check:lastcontact'] = 'Dernier appel de Cahier';
$string['check:next'] = 'Saisissez ensuite dans Cahier, comme cible du type Moodle, l’adresse {$a} et le jeton. Le test qui s’y trouve dit si les énoncés seraient acceptés.';
$string['check:rest'] = 'Le protocole REST est activé';
$string['check:service'] = 'Le service Cahier est activé';
$string['check:silent'] = 'Cahier ne répond pas comme il le devrait : {$a}';
$string['check:token'] = 'Cet utilisateur a un jeton pour le service';
$string['check:user'] = 'Un utilisateur peut employer le service et possède le droit local/cahier:receive';
$string['check:webservices'] = 'Les services web sont activés';
$string['check:what'] = 'Quoi';
$string['competencies'] = 'Preuves de compétence';
$string['competencies_desc'] = 'Une compétence acquise dans Cahier évalue la compétence du cours qui y a été associée dans Cahier ou qui porte le même numéro d’identification. Les résultats sont notés auprès des compétences liées à l’activité.';
$string['event:connection_tested'] = 'Connexion de Cahier testée';
$string['event:statement_received'] = 'Énoncé de Cahier reçu';
$string['event:statement_withdrawn'] = 'Énoncé de Cahier retiré';
$string['evidence:earned'] = 'Compétence acquise dans Cahier, dossier {$a}';
$string['evidence:failed'] = 'Exercice non réussi dans Cahier, dossier {$a}';
$string['evidence:passed'] = 'Exercice réussi dans Cahier, dossier {$a}';
$string['evidence:withdrawn'] = 'Cahier a retiré ce qu’il avait dit du dossier {$a} ; une personne décide si l’évaluation reste';
$string['huburl'] = 'Adresse de Cahier';
$string['huburl_desc'] = 'Par exemple https://cahier.example. Les événements du journal et les preuves mènent au dossier à cette adresse.';
$string['pluginname'] = 'Cahier';
$string['privacy:metadata:competency'] = 'Les résultats deviennent des preuves que Moodle garde avec les compétences.';
$string['privacy:metadata:statement'] = 'Quels énoncés sur une personne ont été reçus de Cahier, pour qu’aucun ne le soit deux fois.';
$string['privacy:metadata:statement:contextid'] = 'L’activité';
$string['privacy:metadata:statement:evidence'] = 'Les preuves de compétence qui en sont issues';
$string['privacy:metadata:statement:statementid'] = 'L’identifiant de l’énoncé';
$string['privacy:metadata:statement:timecreated'] = 'Quand il a été reçu';
$string['privacy:metadata:statement:userid'] = 'La personne concernée';
$string['privacy:metadata:statement:verb'] = 'Ce qui s’est passé';
$string['privacy:metadata:statement:voided'] = 'S’il a été retiré';
$string['refused:malformed'] = 'Ce n’est pas un énoncé.';
$string['refused:notenrolled'] = 'La personne n’est dans aucun cours qui a une activité pour {$a}.';
$string['refused:notgradable'] = 'Les compétences de la personne ne sont pas évaluées dans ce cours.';
$string['refused:unknownactivity'] = 'Aucune activité ne correspond à l’exercice {$a} : associez-en une dans Cahier, ou donnez-lui le code comme numéro d’identification.';
$string['refused:unknowncompetency'] = 'Le cours n’a pas de compétence associée dans Cahier, ni de compétence avec le numéro d’identification {$a}.';
$string['refused:unknownperson'] = 'L’acteur n’est personne dans ce Moodle.';
$string['refused:unknownstatement'] = 'L’énoncé retiré n’a jamais été reçu ici.';
$string['settings'] = 'Réglages';
