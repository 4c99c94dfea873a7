/** Application logs: taking, keeping, reading, following. */
package io.orizuru.log;
