/** Team tokens: credentials that belong to a team, not to a person, and act as themselves with the roles given to them. */
package io.orizuru.teamtoken;
