/** Teams: what owns apps, services and volumes. */
package io.orizuru.team;
