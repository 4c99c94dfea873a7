/**
 * What those try who want in, or want others out: anonymous callers, tenants, and what tenants run, most of it against the real
 * server. What takes long is in classes named {@code …Run}, which the profile {@code attack} runs.
 */
@org.jspecify.annotations.NullMarked
package io.orizuru.attack;
