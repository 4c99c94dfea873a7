/** Named places where a test can make the server die. Off in normal use; below all rooms, so that each can have some. */
package io.orizuru.failpoint;
