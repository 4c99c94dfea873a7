/**
 * Apps: what they are, their environment, their releases and units. An operation here changes what should be; the room of
 * provision makes it so.
 */
package io.orizuru.app;
