/**
 * What a git repository has at a branch, a tag or a commit, as one archive. Only here is {@code git} started: kept apart from
 * the server, with the address that the outgoing door judged, and without anything of a repository being run. It promises that
 * no user or password gets onto a command line, into an error or onto the disk; it knows nothing of apps and deploys.
 */
package io.orizuru.git;
