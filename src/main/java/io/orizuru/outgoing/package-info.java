/**
 * The one door for calls to the outside, of every protocol: where they may go, how long they may take, how much may come
 * back. It promises that a connection goes to an address that was judged, and to no other; it knows nothing of who calls
 * or why.
 */
package io.orizuru.outgoing;
