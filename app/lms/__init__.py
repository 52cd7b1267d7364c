"""The hub as a tool of learning platforms: LTI 1.3 launches, and what grades, rosters and course content build upon.

*Words:* a *platform* is an LMS that launches exercises, known by its issuer and our client id there; a *deployment* is
one place of the hub in a platform, and belongs to one operator; a *resource link* is an activity of a course that opens
an exercise; a *login* is one round through the platform's door, known by its state; a *launch* is what came of it; a
*newcomer* is somebody whom the platform vouches for and the hub does not know yet; a *mapping* says which exercise or
competency something of a platform stands for.

*Invariants:* nothing that a platform says counts before its signature, its issuer, its audience, its deployment and its
times are checked; state and nonce are spent once, in the transaction that opens the launch, and only by the browser
that began; a person is found by issuer and subject, never by a mail address; a launch never gives a role over content
or people, its session acts for the deployment's operator alone and does less than one that was begun with a password;
an operator's platforms are signed to with its own key; secrets of ours are sealed under a key outside the database;
nothing is mapped before somebody confirms it, and what a course names itself comes before a mapping.
"""
