/** Roles: named sets of permissions with the type of context they are granted in, and who holds them. */
package io.orizuru.role;
