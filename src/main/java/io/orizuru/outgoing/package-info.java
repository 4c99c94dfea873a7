/** The one door for calls to the outside: where they may go, how long they may take. */
package io.orizuru.outgoing;
