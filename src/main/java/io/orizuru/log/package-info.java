/**
 * Application logs: taking, keeping, reading, following. It promises that whoever prints is never slowed down, and that what
 * is lost is counted and told. It knows apps by their names only, and nothing of who may read.
 */
package io.orizuru.log;
