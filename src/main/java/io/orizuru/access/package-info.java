/** Permissions: the tree, contexts, grants, and what a caller may. Pure; knows neither HTTP nor the database. */
package io.orizuru.access;
