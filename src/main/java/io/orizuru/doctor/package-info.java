/**
 * Looks whether what must always hold does hold: in the database, in the data directory, among the processes, in the
 * routers. It reads all features' tables and changes nothing; no feature knows it.
 */
package io.orizuru.doctor;
