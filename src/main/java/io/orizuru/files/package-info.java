/**
 * Files and directories that do not belong to this server alone: of other servers on the machine, and of processes that run as
 * other users. Below all features.
 */
package io.orizuru.files;
