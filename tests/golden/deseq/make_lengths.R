# Makes simulated counts with average transcript lengths and DESeq2's answers beside this script.
#
# Run with: Rscript make_lengths.R (made with R 4.2.2 and DESeq2 1.38.3).
suppressMessages(library(DESeq2))
options(digits = 15)
set.seed(7)

write_table <- function(table, name) {
  write.csv(as.data.frame(table), gzfile(paste0("lengths.", name, ".csv.gz"), compression = 9),
            quote = FALSE)
}

genes <- 250
samples <- data.frame(group = factor(rep(c("a", "b"), each = 8)),
                      batch = factor(rep(c("x", "y"), 8)),
                      row.names = paste0("s", 1:16))
base <- exp(runif(genes, 0, log(4000)))
change <- outer(rnorm(genes) * (runif(genes) < 0.3), as.integer(samples$group) - 1)
lengths <- round(exp(rnorm(genes, log(1500), 0.5) + matrix(rnorm(genes * 16, 0, 0.3), genes)), 2)
depth <- exp(rnorm(16, 0, 0.3))
mean <- base * exp(change) * lengths / rowMeans(lengths) * rep(depth, each = genes)
counts <- matrix(rnbinom(length(mean), mu = mean,
                         size = 1 / ((0.05 + 2 / base) * exp(rnorm(genes, 0, 0.5)))), genes)
for (gene in 1:10) counts[gene, gene] <- counts[gene, gene] * 40 + 500
counts[11:12, ] <- 0
dimnames(counts) <- dimnames(lengths) <- list(paste0("g", seq_len(genes)), rownames(samples))
write_table(counts, "counts")
write_table(lengths, "lengths")
write.csv(samples, "lengths.samples.csv", quote = FALSE)

for (design in c("~group", "~batch + group")) {
  dds <- DESeqDataSetFromMatrix(counts, samples, as.formula(design))
  assays(dds)[["avgTxLength"]] <- lengths
  dds <- DESeq(dds, quiet = TRUE)
  name <- if (design == "~group") "one" else "two"
  table <- results(dds, contrast = c("group", "b", "a"), alpha = 0.05)
  table$dispersion <- dispersions(dds)
  table$factor_of_first_sample <- normalizationFactors(dds)[, 1]
  write_table(table, name)
}
