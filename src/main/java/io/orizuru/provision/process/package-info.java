/**
 * The process engine: builds and units as isolated processes of this machine. Only here are processes started.
 *
 * <p>What holds: all state is on disk, each file replaced by an atomic rename, so that a server that was killed finds
 * again what it left; units and builds outlive the server; one app's user cannot see another app's files, environment
 * or processes; no secret stands on a command line. It must not know the database, events, routes or the API.
 */
package io.orizuru.provision.process;
