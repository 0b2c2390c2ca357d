# Makes dispersion_prior_tables.csv.gz and loess_operator.csv.gz beside this script.
#
# With three residual degrees of freedom or fewer the variance of the dispersion
# prior is found by comparing the observed log residuals with simulated ones, and
# R's random stream decides which. The streams are made here once, so that the
# package needs no R to repeat them.
#
# Run with: Rscript make_prior_tables.R (R 3.6 or later: the sampling kind matters).

draws <- 10000
breaks <- seq(-10, 10, by = 0.5)
variances <- seq(0, 8, length.out = 200)
fine <- seq(0, 8, length.out = 1000)

simulate <- function(df) {
  set.seed(2)
  t(sapply(variances, function(variance) {
    x <- log(rchisq(draws, df = df)) + rnorm(draws, mean = 0, sd = sqrt(variance)) - log(df)
    hist(x[x > -10 & x < 10], breaks = breaks, plot = FALSE)$counts
  }))
}

tables <- do.call(rbind, lapply(1:3, function(df) {
  data.frame(df = df, variance = seq_along(variances) - 1, simulate(df))
}))
names(tables) <- c("df", "variance_index", paste0("bin", 0:39))
write.csv(tables, gzfile("dispersion_prior_tables.csv.gz", compression = 9),
          row.names = FALSE, quote = FALSE)

# loess is linear in its response: its value on the fine grid for each unit response.
operator <- sapply(seq_along(variances), function(i) {
  response <- as.numeric(seq_along(variances) == i)
  predict(loess(response ~ variances, span = 0.2), fine)
})
entry <- which(abs(operator) > 1e-14, arr.ind = TRUE)
write.csv(data.frame(row = entry[, 1] - 1, column = entry[, 2] - 1,
                     value = sprintf("%.13g", operator[entry])),
          gzfile("loess_operator.csv.gz", compression = 9), row.names = FALSE, quote = FALSE)
