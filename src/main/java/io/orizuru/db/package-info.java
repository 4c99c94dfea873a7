/** The database: the embedded one, transactions, notifications, migrations. Only stores and this package see JDBC. */
package io.orizuru.db;
