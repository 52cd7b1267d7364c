"""People, roles, operators, sites, cohorts, sign-in, sessions, tokens, second factors.

Words: a *person* is known to the trail by a random id alone; an *operator* is a training organisation of the hub; a
*site* is where the hub has rooms, a *training room* one of them, on screens *salle*: shared, or one operator's; a
*membership* is a role that a person holds for an operator, or for the hub when the operator is left out; a *token* is
a person's key to the API; a *factor* is what a person has besides the password, an authenticator or a passkey;
the *notice* is what a person is told of their data before they begin.
Invariants: a login or e-mail address is never given twice; nobody chooses another's password; a role counts from the
moment it is granted to the moment it ends; a session is a row that can be revoked; no code and no answer of a passkey
counts twice; nobody sees another operator's site or room; nobody begins before they were shown the notice, and every
text of it that somebody read is kept. The notice is here because the first password and signing in stand on it, and no
room below knows people.
"""
