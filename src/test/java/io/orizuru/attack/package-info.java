/** What those try who want in, or want others out: a tenant's code, an anonymous caller. Each is to find nothing. */
@org.jspecify.annotations.NullMarked
package io.orizuru.attack;
