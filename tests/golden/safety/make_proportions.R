# Values of R's binom.test, prop.test and fisher.test, and score intervals by another route
# (closed-form constrained shares and uniroot), for tests/golden/safety.
# Run in this folder: Rscript make_proportions.R
tables <- data.frame(
  x1 = c(88, 100, 3, 12, 0, 5, 1, 7, 41, 10, 2, 0, 160),
  n1 = c(176, 160, 160, 176, 20, 5, 1, 34, 223, 10, 34, 1, 160),
  x2 = c(23, 9, 0, 3, 4, 0, 0, 4, 12, 10, 4, 1, 70),
  n2 = c(180, 79, 79, 180, 20, 5, 1, 68, 222, 10, 68, 1, 79)
)
chi2 <- qchisq(0.95, 1)

# Farrington and Manning (1990), Stat Med 9:1447, appendix: the cubic of p1 - p2 = d.
excess_difference <- function(d, x1, n1, x2, n2) {
  theta <- n2 / n1
  p1 <- x1 / n1
  p2 <- x2 / n2
  a <- 1 + theta
  b <- -(1 + theta + p1 + theta * p2 + d * (theta + 2))
  c <- d^2 + d * (2 * p1 + theta + 1) + p1 + theta * p2
  e <- -p1 * d * (1 + d)
  v <- b^3 / (3 * a)^3 - b * c / (6 * a^2) + e / (2 * a)
  u <- sign(v) * sqrt(max(0, b^2 / (3 * a)^2 - c / (3 * a)))
  w <- (pi + acos(max(-1, min(1, if (u == 0) 0 else v / u^3)))) / 3
  q1 <- min(1, max(0, 2 * u * cos(w) - b / (3 * a)))
  q2 <- min(1, max(0, q1 - d))
  variance <- (q1 * (1 - q1) / n1 + q2 * (1 - q2) / n2) * (n1 + n2) / (n1 + n2 - 1)
  (p1 - p2 - d)^2 - chi2 * variance
}
difference <- function(x1, n1, x2, n2) {
  seen <- x1 / n1 - x2 / n2
  edge <- 1e-9
  # At 0 % and 100 % the excess is zero at the estimate itself, which is no limit.
  aside <- 1e-6
  f <- function(d) excess_difference(d, x1, n1, x2, n2)
  lower <- if (seen <= -1 + edge || f(-1 + edge) < 0) -1 else
    uniroot(f, c(-1 + edge, seen - aside), tol = 1e-13)$root
  upper <- if (seen >= 1 - edge || f(1 - edge) < 0) 1 else
    uniroot(f, c(seen + aside, 1 - edge), tol = 1e-13)$root
  c(lower, upper)
}
excess_ratio <- function(r, x1, n1, x2, n2) {
  a <- (n1 + n2) * r
  b <- -(n1 * r + x1 + n2 + x2 * r)
  q2 <- (-b - sqrt(max(0, b^2 - 4 * a * (x1 + x2)))) / (2 * a)
  q1 <- min(1, r * q2)
  variance <- (q1 * (1 - q1) / n1 + r^2 * q2 * (1 - q2) / n2) * (n1 + n2) / (n1 + n2 - 1)
  (x1 / n1 - r * x2 / n2)^2 - chi2 * variance
}
ratio <- function(x1, n1, x2, n2) {
  f <- function(l) excess_ratio(exp(l), x1, n1, x2, n2)
  at <- if (x1 == 0) -12 else if (x2 == 0) 12 else log(x1 / n1) - log(x2 / n2)
  c(
    if (x1 == 0) 0 else exp(uniroot(f, c(-20, at - 1e-6), tol = 1e-13)$root),
    if (x2 == 0) Inf else exp(uniroot(f, c(at + 1e-6, 20), tol = 1e-13)$root)
  )
}
rows <- lapply(seq_len(nrow(tables)), function(i) {
  t <- tables[i, ]
  exact <- binom.test(t$x1, t$n1)$conf.int
  score <- suppressWarnings(prop.test(t$x1, t$n1, correct = FALSE))$conf.int
  counts <- matrix(c(t$x1, t$n1 - t$x1, t$x2, t$n2 - t$x2), 2)
  d <- difference(t$x1, t$n1, t$x2, t$n2)
  r <- ratio(t$x1, t$n1, t$x2, t$n2)
  data.frame(
    t,
    clopper_pearson_lower = exact[1], clopper_pearson_upper = exact[2],
    wilson_lower = score[1], wilson_upper = score[2],
    mn_lower = d[1], mn_upper = d[2], ratio_lower = r[1], ratio_upper = r[2],
    fisher_p_value = fisher.test(counts)$p.value
  )
})
out <- do.call(rbind, rows)
out$fisher_padj <- p.adjust(out$fisher_p_value, method = "BH")
text <- as.data.frame(lapply(out, function(column) trimws(format(column, digits = 15))))
write.csv(text, "proportions.csv", row.names = FALSE, quote = FALSE)
