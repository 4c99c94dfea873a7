/** Users: accounts with their passwords. What they may do is the room of roles. */
package io.orizuru.user;
