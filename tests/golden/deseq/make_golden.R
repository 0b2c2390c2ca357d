# Makes the simulated counts and DESeq2's answers beside this script.
#
# Run with: Rscript make_golden.R (made with R 4.2.2 and DESeq2 1.38.3).
suppressMessages(library(DESeq2))
options(digits = 15)

simulate <- function(seed, genes, group, dispersion, lowest = 1, highest = 5000, spread = 0.5) {
  set.seed(seed)
  base <- exp(runif(genes, log(lowest), log(highest)))
  change <- sapply(levels(group), function(level) {
    if (level == levels(group)[1]) rep(0, genes) else rnorm(genes, 0, 0.8) * (runif(genes) < 0.3)
  })
  depth <- exp(rnorm(length(group), 0, 0.3))
  mean <- base * exp(change[, as.integer(group)]) * rep(depth, each = genes)
  counts <- matrix(rnbinom(length(mean), mu = mean,
                           size = 1 / (dispersion(base) * exp(rnorm(genes, 0, spread)))), genes)
  dimnames(counts) <- list(paste0("g", seq_len(genes)), paste0("s", seq_along(group)))
  counts
}

usual <- function(mean) 0.05 + 2 / mean
rising <- function(mean) 0.0005 * mean

write_table <- function(table, name) {
  write.csv(as.data.frame(table), gzfile(paste0(name, ".csv.gz"), compression = 9),
            quote = FALSE)
}

answer <- function(name, counts, samples, design, contrasts, reduced, thresholds = FALSE) {
  write.csv(counts, gzfile(paste0(name, ".counts.csv.gz"), compression = 9), quote = FALSE)
  write.csv(samples, paste0(name, ".samples.csv"), quote = FALSE)
  dds <- DESeq(DESeqDataSetFromMatrix(counts, samples, design), quiet = TRUE)
  fit <- dispersionFunction(dds)
  write_table(data.frame(dispersion = dispersions(dds), trend = mcols(dds)$dispFit,
                         prior_variance = attr(fit, "dispPriorVar"),
                         fit_type = attr(fit, "fitType")), paste0(name, ".genes"))
  lrt <- DESeq(DESeqDataSetFromMatrix(counts, samples, design), test = "LRT", reduced = reduced,
               quiet = TRUE)
  write_table(results(lrt, alpha = 0.05)[, c("baseMean", "stat", "pvalue", "padj")],
              paste0(name, ".lrt"))
  for (key in names(contrasts)) {
    contrast <- contrasts[[key]]
    write_table(results(dds, contrast = contrast, alpha = 0.05), paste0(name, ".", key))
    if (thresholds) for (alternative in c("greaterAbs", "lessAbs", "greater", "less")) {
      write_table(results(dds, contrast = contrast, alpha = 0.05, lfcThreshold = 0.5,
                          altHypothesis = alternative), paste0(name, ".", key, ".", alternative))
    }
  }
}

three <- factor(rep(c("a", "b", "c"), each = 8))
counts <- simulate(1, 400, three, usual)
for (gene in 1:20) counts[gene, gene] <- counts[gene, gene] * 40 + 500
counts[21:26, 1:16] <- 0
counts[27:32, 9:24] <- 0
counts[33:34, ] <- 0
counts[35:36, ] <- 0
counts[35:36, 3] <- 900
samples <- data.frame(group = three, batch = factor(rep(c("x", "y"), 12)),
                      age = round(seq(-1, 1, length.out = 24)^3 + rep(c(0, 0.3, -0.2), 8), 3),
                      row.names = colnames(counts))
answer("replaced", counts, samples, ~group,
       list(ba = c("group", "b", "a"), cb = c("group", "c", "b")), ~1, thresholds = TRUE)
plain <- simulate(5, 300, three, usual)
answer("covariates", plain, samples, ~age + batch + group,
       list(cb = c("group", "c", "b"), vector = c(0, 0, 0.5, 1, -0.5)), ~age + batch)

pair <- factor(c("a", "a", "b", "b", "b"))
counts <- simulate(2, 600, pair, usual, spread = 1.5)
for (df in 1:3) {
  kept <- seq_len(df + 2)
  samples <- data.frame(group = pair[kept], row.names = colnames(counts)[kept])
  answer(paste0("df", df), counts[, kept], samples, ~group,
         list(ba = c("group", "b", "a")), ~1)
}

two <- factor(rep(c("a", "b"), each = 5))
counts <- simulate(3, 600, two, rising, lowest = 20, highest = 3000)
answer("rising", counts, data.frame(group = two, row.names = colnames(counts)), ~group,
       list(ba = c("group", "b", "a")), ~1)
